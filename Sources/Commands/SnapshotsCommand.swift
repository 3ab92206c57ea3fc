import ArgumentParser
import Catalog
import Mirroring
import OrderedCollections
import Simplestreams

struct SnapshotsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshots",
    abstract: "List the snapshots, newest first.",
    discussion: """
      EXAMPLES
        maas-mirror snapshots
        maas-mirror snapshots stable --json
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @Argument(help: "The source; all when none is named.")
  var source: String?

  func run() async throws {
    let workplace = Workplace(try config.settingsWithoutUpstream())
    let store = try MirrorStore(reading: workplace.folder)
    let rows = try store?.catalog.snapshots(of: source) ?? []
    // One that was taken out of mirror.conf may have snapshots still.
    if let source, rows.isEmpty { _ = try workplace.sources([source]) }
    if format.json {
      Console.json(
        .array(
          rows.map { row in
            .object([
              "id": .string(row.id), "source": .string(row.source), "sequence": .count(row.sequence),
              "created": .time(row.created), "files": .count(row.files), "bytes": .number(row.bytes),
              "missing": .count(row.missing),
            ])
          }))
      return
    }
    if rows.isEmpty { return Console.print("no snapshot yet; “maas-mirror sync” makes the first") }
    let table = rows.map { row in
      [
        String(row.id.prefix(12)), row.source, "\(row.sequence)", Timestamp(seconds: row.created).iso, "\(row.files)",
        Bytes.text(row.bytes), row.missing == 0 ? "" : "\(Counted.text(row.missing, "version")) missing",
      ]
    }
    Console.print(
      Console.table(["SNAPSHOT", "SOURCE", "NUMBER", "CREATED", "FILES", "SIZE", ""], table, right: [2, 4, 5]))
  }
}
