import ArgumentParser
import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage
import Transfer

/// What is said to every command that brings sources up to date.
struct UpdateOptions: ParsableArguments {
  @Flag(name: .long, help: "Publish what was brought.")
  var publish = false
  @Flag(name: .long, help: "Accept documents that are older than the last ones, once.")
  var acceptRollback = false
  @Flag(name: .long, help: "Accept an upstream that lists far less than before, once.")
  var acceptRemoval = false
  @Flag(name: .shortAndLong, help: "Print errors and the result only.")
  var quiet = false
}

/// The work of “sync” and “import”: sources are brought up to date, one after the other, then published, and what nothing needs
/// any more is removed.
struct SourceUpdate {
  /// Where a source is read this time.
  struct Supply {
    var source: Source
    var client: any HTTPClient
    var close: @Sendable () -> Void = {}
    /// Of a bundle, what it can hold.
    var exported: ExportedVersions?
  }

  let purpose: String
  let workplace: Workplace
  let options: UpdateOptions
  let isJSON: Bool
  /// Seconds that another writer may be waited for.
  let waiting: Int64

  func run(
    _ chosen: [SourceSettings], from supply: (SourceSettings, ProgressDisplay) throws -> Supply
  ) async throws {
    let (store, lock) = try workplace.open(for: purpose, waiting: waiting)
    if options.publish { try requireKey(workplace, store) }
    var json: [JSONValue] = []
    var failures: [any Error] = []
    var failed: Set<String> = []
    var incomplete: Set<String> = []
    for settings in chosen {
      do {
        let report = try await update(settings, store, from: supply)
        if report.outcome == .partial { incomplete.insert(settings.name) }
        if report.outcome == .nothing {
          failures.append(MirrorError.nothingFetched(source: settings.name, wasLiedTo: report.wasLiedTo))
          failed.insert(settings.name)
        }
        json.append(report.json)
        if !isJSON { Console.print(report.text(namingAddress: settings.urls.count > 1)) }
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
    if options.publish {
      let published = try PublishCommand.publish(
        try workplace.publications([]), workplace: workplace, store: store, failed: failed, incomplete: incomplete,
        quiet: isJSON)
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
    if isJSON { Console.json(.array(json)) }
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
    try signer.clearSign(Array("a trial\n".utf8)) { _ in }
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
      if !isJSON { for text in report.damage { Console.note("clean-up: \(text)") } }
      if !isJSON, let line = report.line { Console.print(line) }
      return 0
    } catch {
      Console.error("clean-up: \(error)")
      json.append(.object(["gc": .object(["error": .string("\(error)")])]))
      return ExitTable.code(of: error) ?? ExitTable.partial
    }
  }

  private func update(
    _ settings: SourceSettings, _ store: MirrorStore, from supply: (SourceSettings, ProgressDisplay) throws -> Supply
  ) async throws -> SyncReport {
    defer { ProcessMemory.giveBack() }
    let display = ProgressDisplay(source: settings.name, isQuiet: options.quiet || isJSON)
    let supply = try supply(settings, display)
    defer { supply.close() }
    let synchronizer = Synchronizer(
      source: supply.source, store: store, client: supply.client, exported: supply.exported, now: Clock.now)
    return try await display.drawing {
      try await synchronizer.sync(
        acceptRollback: options.acceptRollback, acceptRemoval: options.acceptRemoval, progress: display.progress,
        observe: { display.show($0) })
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
