import ArgumentParser
import Catalog
import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the last good sync of each source, and what each publication serves.",
    discussion: """
      With --clients: what each client took last, and whether it lags behind what is published. A file counts as taken \
      when the client received all of it, in one answer or in parts; one of up to 64 KiB when it was sent. \
      All controllers of one MAAS are one client, other clients are their addresses.

      EXAMPLES
        maas-mirror status
        maas-mirror status --json
        maas-mirror status --clients
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @Flag(name: .long, help: "Show the clients: which image versions each of them took, and which lag behind.")
  var clients = false

  func run() async throws {
    let workplace = Workplace(try config.settingsWithoutUpstream())
    try workplace.beginning.requireStillThere()
    if clients { return try show(try ClientsReport(workplace.folder, now: Clock.now()), workplace) }
    let store = try MirrorStore(reading: workplace.folder)
    let now = Clock.now()
    let states = try workplace.settings.sources.map { ($0, try store?.catalog.state(of: $0.name)) }
    let lacks = try workplace.settings.sources.map { source in
      SourceLack(source.name, try store?.latest(of: source.name)?.snapshot)
    }
    let served = try ServedState.all(workplace.settings, in: workplace.folder)
    let sizes = try store?.catalog.storeSizes() ?? []
    let free = try FreeSpace.nearest(to: workplace.folder.root)
    let outlook = DiskOutlook(sizes, free: free, minFree: workplace.settings.sync.minFree, now: now)
    if format.json {
      Console.json(
        .object([
          "data": .string(workplace.folder.root), "free_bytes": .number(free), "forecast": outlook.json,
          "sources": .array(zip(states, lacks).map { json($0.0, $0.1, $1, now) }),
          "publications": .array(served.map(\.json)),
        ]))
      return
    }
    let sources = states.map { row($0.0, $0.1, now) }
    Console.print(Console.table(["SOURCE", "LAST GOOD SYNC", "AGE", "SNAPSHOT", "LAST RESULT"], sources))
    for (source, state) in states {
      guard let age = IndexAge(state, limit: source.limits.maxAge, now: now), age.isTooOld else { continue }
      Console.print("\(source.name): \(age.warning)")
    }
    for lack in lacks { for line in lack.lines { Console.print(line) } }
    Console.print("")
    Console.print(
      Console.table(
        ["PUBLICATION", "NUMBER", "SINCE", "FILES", "SIZE", "SNAPSHOTS"], served.map(\.row), right: [1, 3, 4]))
    Console.print("\nfree on \(workplace.folder.root): \(Bytes.text(free)); \(outlook.text)")
  }

  private func show(_ report: ClientsReport?, _ workplace: Workplace) throws {
    if format.json { return Console.json(.object(["clients": report?.json ?? .array([])])) }
    let isKept = workplace.settings.serve.clientHistory > 0
    let nothing = isKept ? "no client has taken anything yet" : "client_history is off in \(workplace.settings.file)"
    Console.print(report?.text ?? nothing)
  }

  private func row(_ source: SourceSettings, _ state: SourceState?, _ now: Int64) -> [String] {
    guard let state else { return [source.name, "never", "", "none", "never synced"] }
    let good = state.lastGood.map { Timestamp(seconds: $0).iso } ?? "never"
    let age = state.lastGood.map { Clock.age(now - $0) } ?? ""
    let outcome = state.outcome.prefix { $0 != "\n" }
    let address = source.urls.count != 1 ? state.url.map { ", from \($0)" } ?? "" : ""
    return [source.name, good, age, String((state.snapshot ?? "none").prefix(12)), outcome + address]
  }

  private func json(
    _ source: SourceSettings, _ state: SourceState?, _ lack: SourceLack, _ now: Int64
  ) -> JSONValue {
    var object: JSONObject = ["name": .string(source.name), "age_seconds": .null]
    object["last_good"] = .time(state?.lastGood)
    object["last_attempt"] = .time(state?.lastAttempt)
    if let last = state?.lastGood { object["age_seconds"] = .number(now - last) }
    object["snapshot"] = .text(state?.snapshot)
    object["outcome"] = .string(state?.outcome ?? "never synced")
    object["url"] = .text(state?.url)
    let index = IndexAge(state, limit: source.limits.maxAge, now: now)
    object["index_updated"] = .time(index?.updated)
    object["index_age_seconds"] = index.map { .number($0.seconds) } ?? .null
    object["index_too_old"] = .bool(index?.isTooOld ?? false)
    object["missing"] = .array(lack.missing.map(\.json))
    object["left_out"] = .array(lack.unfit.map(\.json))
    return .object(object)
  }
}

/// What the newest snapshot of a source has not, although it is selected.
private struct SourceLack {
  let name: String
  /// A later sync may bring it.
  let missing: [Snapshot.Missing]
  /// No sync can mend it.
  let unfit: [Snapshot.Missing]

  init(_ name: String, _ snapshot: Snapshot?) {
    (self.name, missing, unfit) = (name, snapshot?.missing ?? [], snapshot?.unfit ?? [])
  }

  var lines: [String] {
    ShortList.lines(missing, after: "\(name): missing: ")
      + ShortList.lines(unfit, after: "\(name): left out of what upstream lists: ")
  }
}
