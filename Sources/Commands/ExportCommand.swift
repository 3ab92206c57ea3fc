import ArgumentParser
import Bundles
import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage
import Synchronization

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the newest snapshots and their files into a folder, to be carried over an air gap.",
    discussion: """
      The folder is made, or was given to an earlier export: then only what it lacks is written, and what the newest \
      snapshots do not need is removed. Of its file system it needs no modes and no links; FAT has no files of 4 GiB and \
      more. The bundle of before can be imported until the new one is whole. Where sources are named, those that are in the \
      bundle beside them stay.

      EXAMPLES
        maas-mirror export /media/usb/images
        maas-mirror export /media/usb/images stable
        maas-mirror export /media/usb/images --check
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @Argument(help: ArgumentHelp("A folder for this alone, in one that is there.", valueName: "folder"))
  var folder: String
  @Argument(help: "The sources to export; all when none is named.")
  var sources: [String] = []
  @Flag(name: .long, help: "Read through what the bundle has already, and write again what is damaged.")
  var check = false
  @Flag(name: .shortAndLong, help: "Print errors and the result only.")
  var quiet = false

  func validate() throws {
    if folder.isEmpty { throw ValidationError("the name of the folder is empty") }
  }

  func run() async throws {
    let workplace = Workplace(try config.settingsWithoutUpstream())
    try workplace.requireNotLost()
    try FileBlobStore.requireBegun(workplace.folder)
    let snapshots = try newest(workplace)
    let bundle = BundleFolder(DemoFolder.absolute(folder))
    if workplace.folder.contains(bundle.path) {
      throw CommandFailure(
        code: ExitTable.usage,
        message: "\(bundle.path) is in the data folder, where nothing but the mirror may be; name another")
    }
    let display = ExportDisplay(ProgressDisplay(source: folder, isQuiet: quiet || format.json))
    let (blobs, check, keepsOthers) = (FileBlobStore(workplace.folder), check, !sources.isEmpty)
    let report: ExportReport
    do {
      report = try await display.display.drawing {
        try await BlockingPool.run {
          try Exporter(from: blobs, to: bundle, checking: check).export(
            snapshots, keepingOthers: keepsOthers, now: Clock.now(), display: display)
        }
      }
    } catch ExportError.noSpace(let path, let needed, let free) {
      throw CommandFailure(
        code: ExitTable.disk,
        message:
          "\(Bytes.text(needed)) are to be written to \(path), and \(Bytes.text(free)) are free there; take a larger "
          + "medium, or name fewer sources")
    }
    if format.json { return Console.json(json(report, snapshots)) }
    show(report, snapshots)
  }

  private func newest(_ workplace: Workplace) throws -> [(id: SnapshotID, snapshot: Snapshot)] {
    let chosen = try workplace.sources(sources)
    guard let store = try MirrorStore(reading: workplace.folder) else {
      throw StorageError.noMirror(path: workplace.folder.root)
    }
    var found: [(id: SnapshotID, snapshot: Snapshot)] = []
    for source in chosen {
      if let latest = try store.latest(of: source.name) {
        found.append(latest)
      } else if sources.isEmpty, chosen.count > 1 {
        Console.note("\(source.name): has no snapshot yet, so nothing of it is exported")
      } else {
        throw MirrorError.noSnapshot(source: source.name)
      }
    }
    if found.isEmpty { throw MirrorError.noSnapshot(source: chosen[0].name) }
    return found
  }

  private func show(_ report: ExportReport, _ snapshots: [(id: SnapshotID, snapshot: Snapshot)]) {
    let removed = report.removedFiles > 0 ? ", \(report.removedFiles) removed" : ""
    Console.print(
      "\(folder): \(Counted.text(report.files, "file")), \(Bytes.text(report.bytes)); "
        + "\(Counted.text(report.writtenFiles, "file")), \(Bytes.text(report.writtenBytes)) written\(removed)")
    for (id, snapshot) in snapshots {
      let missing =
        snapshot.missing.isEmpty
        ? "" : ", in which \(Counted.text(snapshot.missing.count, "version is missing", "versions are missing"))"
      Console.print(
        "  \(snapshot.source): snapshot \(id.short) of \(Timestamp(seconds: snapshot.created).iso)\(missing)")
    }
    for name in report.droppedSources { Console.print("  \(name): is no longer in the bundle") }
    Console.print("on the other side: maas-mirror import <folder> --publish")
  }

  private func json(_ report: ExportReport, _ snapshots: [(id: SnapshotID, snapshot: Snapshot)]) -> JSONValue {
    .object([
      "folder": .string(folder), "files": .count(report.files), "bytes": .number(report.bytes),
      "written_files": .count(report.writtenFiles), "written_bytes": .number(report.writtenBytes),
      "removed_files": .count(report.removedFiles),
      "dropped_sources": .array(report.droppedSources.map(JSONValue.string)),
      "sources": .array(
        snapshots.map { id, snapshot in
          .object([
            "source": .string(snapshot.source), "snapshot": .string(id.description),
            "created": .time(snapshot.created), "missing": .array(snapshot.missing.map(\.json)),
          ])
        }),
    ])
  }
}

/// Shows an export like a sync.
private final class ExportDisplay: Exporter.Display {
  let display: ProgressDisplay
  private let current = Mutex<SyncProgress.File?>(nil)

  init(_ display: ProgressDisplay) { self.display = display }

  func plan(files: Int, bytes: Int64, there: Int) {
    display.begin(files: files, bytes: bytes)
    display.line(
      "\(Counted.text(files, "file")) to write, \(Bytes.text(bytes)); \(Counted.text(there, "file")) there already")
  }

  func begin(_ path: TreePath, size: Int64) {
    current.withLock { $0 = display.progress.begin(path, size: size, held: 0) }
  }

  func add(_ count: Int64) { current.withLock { file in file.map { display.progress.add(count, to: $0) } } }

  func end() {
    current.withLock { file in
      file.map { display.progress.end($0, done: true) }
      file = nil
    }
  }
}
