import ArgumentParser
import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage
import Transfer

struct SyncCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Fetch and verify what the sources have and mirror.conf selects.",
    discussion: """
      The result is a snapshot per source; an unchanged upstream makes none. What was interrupted goes on where it \
      stopped. With --publish the publications follow, as the timer does it, and what nothing needs any more is removed \
      (see “maas-mirror gc --help”).

      EXAMPLES
        maas-mirror sync
        maas-mirror sync --publish
        maas-mirror sync stable --json
        maas-mirror sync --wait "10 min"
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @OptionGroup var waiting: WaitOption
  @Argument(help: "The sources to sync; all when none is named.")
  var sources: [String] = []
  @Flag(name: .long, help: "Publish what the sync brought.")
  var publish = false
  @Flag(name: .long, help: "Accept documents that are older than the last ones, once.")
  var acceptRollback = false
  @Flag(name: .long, help: "Accept an upstream that lists far less than before, once.")
  var acceptRemoval = false
  @Flag(name: .shortAndLong, help: "Print errors and the result only.")
  var quiet = false

  func run() async throws {
    let workplace = Workplace(try config.settings())
    let chosen = try workplace.sources(sources)
    let (store, lock) = try workplace.open(for: "sync", waiting: waiting.seconds)
    if publish { try requireKey(workplace, store) }
    var json: [JSONValue] = []
    var failures: [any Error] = []
    var failed: Set<String> = []
    var incomplete: Set<String> = []
    for settings in chosen {
      do {
        let report = try await sync(settings, workplace: workplace, store: store)
        if report.outcome == .partial { incomplete.insert(settings.name) }
        if report.outcome == .nothing {
          failures.append(MirrorError.nothingFetched(source: settings.name, wasLiedTo: report.wasLiedTo))
          failed.insert(settings.name)
        }
        json.append(report.json)
        if !format.json { Console.print(report.text(namingAddress: settings.urls.count > 1)) }
      } catch {
        guard ExitTable.code(of: error) != nil else { throw error }
        failures.append(error)
        failed.insert(settings.name)
        Console.error("\(settings.name): \(error)")
        json.append(.object(["source": .string(settings.name), "error": .string("\(error)")]))
      }
    }
    try lock.requireInPlace()
    try workplace.beginning.keep()
    var code = ExitTable.code(failures: failures, successes: chosen.count - failures.count)
    if !incomplete.isEmpty { code = ExitTable.partial }
    if publish {
      let published = try PublishCommand.publish(
        try workplace.publications([]), workplace: workplace, store: store, failed: failed, incomplete: incomplete,
        quiet: format.json)
      json.append(.object(["publications": .array(published.json)]))
      if code == 0 { code = published.code }
      let cleaned = cleanUp(workplace, store, &json)
      if code == 0 { code = cleaned }
    }
    do { try store.noteSize(now: Clock.now()) } catch {
      // What was fetched and published stands; the next sync notes it again.
      Console.error("the size of the store was not noted: \(error)")
      if code == 0 { code = ExitTable.code(of: error) ?? ExitTable.partial }
    }
    if format.json { Console.json(.array(json)) }
    withExtendedLifetime(lock) {}
    if code != 0 { throw CommandFailure(code: code, message: "") }
  }

  /// Before the first of many gigabytes, and before a disk is filled where the data folder's own is not mounted: a key that
  /// will be missing at the end, or not sign, is told now. Later syncs have what they publish, and go on to fetch.
  private func requireKey(_ workplace: Workplace, _ store: MirrorStore) throws {
    guard let local = workplace.settings.publications.first(where: { $0.signed == .local }),
      try store.snapshots.ids().isEmpty
    else { return }
    guard let signer = try workplace.signer() else { throw MirrorError.noSigningKey(publication: local.path) }
    _ = try signer.clearSign(Array("a trial\n".utf8))
  }

  /// So that an hourly sync does not fill the disk. Also after a failure: what failed may be the disk that is full.
  private func cleanUp(_ workplace: Workplace, _ store: MirrorStore, _ json: inout [JSONValue]) -> Int32 {
    guard workplace.settings.cleanup.automatic else { return 0 }
    let cleanup = Cleanup(workplace: workplace, store: store)
    do {
      let report = try cleanup.run()
      json.append(.object(["gc": report.json]))
      if report.state == .refused {
        Console.error(cleanup.refusal(report.plan))
        return ExitTable.partial
      }
      if !format.json { for text in report.damage { Console.note("clean-up: \(text)") } }
      if !format.json, let line = report.line { Console.print(line) }
      return 0
    } catch {
      Console.error("clean-up: \(error)")
      json.append(.object(["gc": .object(["error": .string("\(error)")])]))
      return ExitTable.code(of: error) ?? ExitTable.partial
    }
  }

  private func sync(_ settings: SourceSettings, workplace: Workplace, store: MirrorStore) async throws -> SyncReport {
    defer { ProcessMemory.giveBack() }
    let display = ProgressDisplay(source: settings.name, isQuiet: quiet || format.json)
    let (client, close) = try workplace.client(settings) { url, _, error, delay in
      display.show(.retrying(what: url.description, reason: "\(error)", seconds: delay / .seconds(1)))
    }
    defer { close() }
    let synchronizer = Synchronizer(
      source: try workplace.source(settings), store: store, client: client, now: Clock.now)
    let drawing = Task { await display.draw() }
    defer { drawing.cancel() }
    do {
      let report = try await synchronizer.sync(
        acceptRollback: acceptRollback, acceptRemoval: acceptRemoval, progress: display.progress,
        observe: { display.show($0) })
      drawing.cancel()
      await drawing.value
      return report
    } catch {
      drawing.cancel()
      await drawing.value
      throw error
    }
  }
}

extension SyncReport {
  func text(namingAddress: Bool) -> String {
    let lines =
      ShortList.lines(notes, after: "  note       ") + ShortList.lines(missing, after: "  missing    ")
      + ShortList.lines(unfit, after: "  left out   ")
    return ([text] + lines + (namingAddress ? ["  read from  \(url)"] : [])).joined(separator: "\n")
  }

  private var text: String {
    let fetched = "\(Counted.text(fetchedFiles, "file")), \(Bytes.text(fetchedBytes)) fetched"
    let state = snapshot.map { "snapshot \($0.short)" } ?? "no snapshot"
    switch outcome {
    case .unchanged: return "\(source): nothing new (\(state))"
    case .complete: return "\(source): \(fetched); \(state)"
    case .nothing: return "\(source): nothing could be had, so there is no snapshot yet"
    case .partial: return "\(source): done in part, \(fetched); \(state)"
    }
  }

  var json: JSONValue {
    .object([
      "source": .string(source), "url": .string(url), "outcome": .string(outcome.rawValue),
      "snapshot": .text(snapshot?.description),
      "new_snapshot": .bool(isNewSnapshot), "fetched_files": .count(fetchedFiles),
      "fetched_bytes": .number(fetchedBytes),
      "missing": .array(missing.map(\.json)), "left_out": .array(unfit.map(\.json)),
      "notes": .array(notes.map(JSONValue.string)),
    ])
  }
}
