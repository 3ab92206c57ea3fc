import ArgumentParser
import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage

struct PublishCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Compose the publications from the newest snapshots, check, sign and switch to them.",
    discussion: """
      A tree that MAAS would reject is refused, and the old one stays. A running server follows within a second.

      EXAMPLES
        maas-mirror publish
        maas-mirror publish ephemeral-v3/stable
        maas-mirror publish --remove ephemeral-v3/old
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @OptionGroup var waiting: WaitOption
  @Argument(help: "The publications' paths; all when none is named.")
  var paths: [String] = []
  @Flag(name: .long, help: "End these publications: from now on nothing of them is served.")
  var remove = false

  func run() async throws {
    let workplace = Workplace(try config.settingsWithoutUpstream())
    if remove { return try end(workplace) }
    let chosen = try workplace.publications(paths)
    if chosen.isEmpty {
      throw CommandFailure(
        code: ExitTable.configuration,
        message: "\(workplace.settings.file): no [[publication]] is configured; add one")
    }
    let (store, lock) = try workplace.open(for: "publish", waiting: waiting.seconds)
    let result = try Self.publish(chosen, workplace: workplace, store: store, quiet: format.json)
    withExtendedLifetime(lock) {}
    if format.json { Console.json(.array(result.json)) }
    if result.code != 0 { throw CommandFailure(code: result.code, message: "") }
  }

  private func end(_ workplace: Workplace) throws {
    if paths.isEmpty { throw ValidationError("name the publications to end") }
    let (store, lock) = try workplace.open(for: "publish", waiting: waiting.seconds)
    let published = try store.publications.paths().map(\.string)
    // Before the first is ended: one command does all or nothing.
    let paths = OrderedSet(paths.map(\.trimmingSlashes))
    let known = try paths.map { path in
      guard let known = PublicationPath(path), published.contains(path) else {
        throw CommandFailure(
          code: ExitTable.usage, message: "/\(path)/ is not published; \(Self.naming(published))")
      }
      return known
    }
    var json: [JSONValue] = []
    for (path, known) in zip(paths, known) {
      try store.publications.remove(known)
      let isConfigured = workplace.settings.publications.contains { $0.path == path }
      json.append(.object(["path": .string(path), "ended": .bool(true), "configured": .bool(isConfigured)]))
      if !format.json { Console.print("/\(path)/: ended") }
      if isConfigured {
        Console.note("the next “maas-mirror publish” makes it anew, because it is in \(workplace.settings.file)")
      }
    }
    withExtendedLifetime(lock) {}
    if format.json { Console.json(.array(json)) }
  }

  private static func naming(_ published: [String]) -> String {
    published.isEmpty ? "nothing is" : "there is: \(published.joined(separator: ", "))"
  }

  /// - Parameters:
  ///   - failed: sources whose sync has just failed, which is told already.
  ///   - incomplete: sources of which a sync has just brought a part.
  static func publish(
    _ chosen: [PublicationSettings], workplace: Workplace, store: MirrorStore, failed: Set<String> = [],
    incomplete: Set<String> = [], quiet: Bool
  ) throws -> (code: Int32, json: [JSONValue]) {
    // A key that cannot be had stops those that it signs, and no others.
    let signer = Result { chosen.contains { $0.signed == .local } ? try workplace.signer() : nil }
    var failures: [any Error] = []
    var json: [JSONValue] = []
    var isPartial = false
    for settings in chosen {
      defer { ProcessMemory.giveBack() }
      do {
        let signer = settings.signed == .local ? try signer.get() : nil
        var report = try Publisher(
          publication: try workplace.publication(settings), store: store, signer: signer,
          grace: workplace.settings.serve.grace, now: Clock.now(), incomplete: incomplete.union(failed)
        ).publish()
        isPartial = isPartial || !report.leftOut.isEmpty
        if let warning = signer?.warning(at: Clock.now()) { report.notes.append(warning) }
        json.append(report.json)
        if !quiet { Console.print(report.text) }
      } catch {
        guard ExitTable.code(of: error) != nil else { throw error }
        failures.append(error)
        var text = "\(error)"
        if case MirrorError.noSnapshot(let source) = error, failed.contains(source) {
          text = "publication “\(settings.path)” cannot begin: it needs “\(source)”, whose sync failed"
        }
        Console.error(text)
        json.append(.object(["path": .string(settings.path), "error": .string(text)]))
      }
    }
    let code = ExitTable.code(failures: failures, successes: chosen.count - failures.count)
    return (code == 0 && isPartial ? ExitTable.partial : code, json)
  }
}

extension PublishReport {
  var text: String {
    let state = isUnchanged ? "unchanged" : "published"
    let what = "\(Counted.text(products, "product")), \(Counted.text(files, "file")), \(Bytes.text(bytes))"
    var lines = ["/\(path)/: \(state), number \(number): \(what)"]
    lines += ShortList.lines(notes, after: "  note       ")
    lines += ShortList.lines(leftOut, after: "  left out   ")
    if !unavailable.isEmpty {
      lines.append("  upstream's documents list products whose files are not here; a region must not select:")
      lines += ShortList.lines(unavailable, after: "    ")
    }
    return lines.joined(separator: "\n")
  }

  var json: JSONValue {
    .object([
      "path": .string(path.string), "unchanged": .bool(isUnchanged), "number": .count(number),
      "products": .count(products), "files": .count(files), "bytes": .number(bytes),
      "left_out": .array(leftOut.map { .string($0.description) }),
      "unavailable": .array(unavailable.map(JSONValue.string)), "notes": .array(notes.map(JSONValue.string)),
    ])
  }
}
