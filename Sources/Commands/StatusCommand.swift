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
    let states = try workplace.settings.sources.map { ($0.name, try store?.catalog.state(of: $0.name)) }
    let blobs = FileBlobStore(workplace.folder)
    let publications = PublicationStore(workplace.folder, blobs: blobs)
    let served = try workplace.settings.publications.map { settings -> (String, PublicationRecord?, PublishedTree?) in
      guard let path = PublicationPath(settings.path), let record = try publications.record(path) else {
        return (settings.path, nil, nil)
      }
      return (settings.path, record, try publications.tree(record.current.tree))
    }
    let free = try FreeSpace.nearest(to: workplace.folder.root)
    if format.json {
      Console.json(
        .object([
          "data": .string(workplace.folder.root), "free_bytes": .number(free),
          "sources": .array(states.map { json($0.0, $0.1, now) }),
          "publications": .array(served.map { json($0.0, $0.1, $0.2) }),
        ]))
      return
    }
    let sources = states.map { row($0.0, $0.1, now) }
    Console.print(Console.table(["SOURCE", "LAST GOOD SYNC", "AGE", "SNAPSHOT", "LAST RESULT"], sources))
    Console.print("")
    let rows = served.map { row($0.0, $0.1, $0.2) }
    Console.print(
      Console.table(["PUBLICATION", "NUMBER", "SINCE", "FILES", "SIZE", "SNAPSHOTS"], rows, right: [1, 3, 4]))
    Console.print("\nfree on \(workplace.folder.root): \(Bytes.text(free))")
  }

  private func row(_ name: String, _ state: SourceState?, _ now: Int64) -> [String] {
    guard let state else { return [name, "never", "", "none", "never synced"] }
    let good = state.lastGood.map { Timestamp(seconds: $0).iso } ?? "never"
    let age = state.lastGood.map { Clock.age(now - $0) } ?? ""
    let outcome = state.outcome.prefix { $0 != "\n" }
    return [name, good, age, String((state.snapshot ?? "none").prefix(12)), String(outcome)]
  }

  private func row(_ path: String, _ record: PublicationRecord?, _ tree: PublishedTree?) -> [String] {
    guard let record, let tree else { return ["/\(path)/", "-", "never", "0", "", "not published"] }
    let snapshots = tree.sources.map { "\($0.source) \($0.snapshot.short)" }.joined(separator: ", ")
    let since = Timestamp(seconds: record.current.publishedAt).iso
    return ["/\(path)/", "\(record.current.number)", since, "\(tree.items.count)", Bytes.text(tree.bytes), snapshots]
  }

  private func json(_ name: String, _ state: SourceState?, _ now: Int64) -> JSONValue {
    var object: JSONObject = ["name": .string(name), "age_seconds": .null]
    object["last_good"] = .time(state?.lastGood)
    object["last_attempt"] = .time(state?.lastAttempt)
    if let last = state?.lastGood { object["age_seconds"] = .number(now - last) }
    object["snapshot"] = .text(state?.snapshot)
    object["outcome"] = .string(state?.outcome ?? "never synced")
    return .object(object)
  }

  private func json(_ path: String, _ record: PublicationRecord?, _ tree: PublishedTree?) -> JSONValue {
    var object: JSONObject = ["path": .string(path), "number": .null, "since": .null]
    guard let record, let tree else { return .object(object) }
    var snapshots = JSONObject()
    for origin in tree.sources { snapshots[origin.source] = .string(origin.snapshot.description) }
    object["number"] = .count(record.current.number)
    object["since"] = .time(record.current.publishedAt)
    object["signed"] = .string(tree.signed.rawValue)
    object["key"] = .text(tree.key)
    object["files"] = .count(tree.items.count)
    object["bytes"] = .number(tree.bytes)
    object["snapshots"] = .object(snapshots)
    return .object(object)
  }
}

extension PublishedTree {
  fileprivate var bytes: Int64 { items.reduce(0) { $0 + $1.size } }
}
