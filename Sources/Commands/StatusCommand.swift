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
      EXAMPLES
        maas-mirror status
        maas-mirror status --json
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag

  func run() async throws {
    let workplace = Workplace(try config.settings())
    let store = try MirrorStore(reading: workplace.folder)
    let now = Clock.now()
    let states = try workplace.settings.sources.map { ($0, try store?.catalog.state(of: $0.name)) }
    let served = try ServedState.all(workplace.settings, in: workplace.folder)
    let free = try FreeSpace.nearest(to: workplace.folder.root)
    if format.json {
      Console.json(
        .object([
          "data": .string(workplace.folder.root), "free_bytes": .number(free),
          "sources": .array(states.map { json($0.0.name, $0.1, now) }),
          "publications": .array(served.map(\.json)),
        ]))
      return
    }
    let sources = states.map { row($0.0, $0.1, now) }
    Console.print(Console.table(["SOURCE", "LAST GOOD SYNC", "AGE", "SNAPSHOT", "LAST RESULT"], sources))
    Console.print("")
    Console.print(
      Console.table(
        ["PUBLICATION", "NUMBER", "SINCE", "FILES", "SIZE", "SNAPSHOTS"], served.map(\.row), right: [1, 3, 4]))
    Console.print("\nfree on \(workplace.folder.root): \(Bytes.text(free))")
  }

  private func row(_ source: SourceSettings, _ state: SourceState?, _ now: Int64) -> [String] {
    guard let state else { return [source.name, "never", "", "none", "never synced"] }
    let good = state.lastGood.map { Timestamp(seconds: $0).iso } ?? "never"
    let age = state.lastGood.map { Clock.age(now - $0) } ?? ""
    let outcome = state.outcome.prefix { $0 != "\n" }
    let address = source.urls.count > 1 ? state.url.map { ", from \($0)" } ?? "" : ""
    return [source.name, good, age, String((state.snapshot ?? "none").prefix(12)), outcome + address]
  }

  private func json(_ name: String, _ state: SourceState?, _ now: Int64) -> JSONValue {
    var object: JSONObject = ["name": .string(name), "age_seconds": .null]
    object["last_good"] = .time(state?.lastGood)
    object["last_attempt"] = .time(state?.lastAttempt)
    if let last = state?.lastGood { object["age_seconds"] = .number(now - last) }
    object["snapshot"] = .text(state?.snapshot)
    object["outcome"] = .string(state?.outcome ?? "never synced")
    object["url"] = .text(state?.url)
    return .object(object)
  }
}
