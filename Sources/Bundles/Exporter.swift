package import Simplestreams
package import Storage

/// What an export came to.
package struct ExportReport: Sendable {
  package var files = 0
  package var bytes: Int64 = 0
  package var writtenFiles = 0
  package var writtenBytes: Int64 = 0
  /// Blobs that only an earlier export needed.
  package var removedFiles = 0
  /// Sources that were in the bundle and are not any more.
  package var droppedSources: [String] = []
}

/// Why nothing more is exported; what the bundle held before, it holds.
package enum ExportError: Error, Sendable, Hashable, CustomStringConvertible {
  case unsound(path: String)
  case noSpace(path: String, needed: Int64, free: Int64)

  package var description: String {
    switch self {
    case .unsound(let path):
      "\(path) is damaged or gone, so it is not exported; run “maas-mirror verify --repair”, then export again"
    case .noSpace(let path, let needed, let free):
      "\(needed) bytes are to be written to \(path), where \(free) are free; take a larger medium, or name fewer sources"
    }
  }
}

/// Writes snapshots and their blobs into a bundle: what it lacks, and then, at once, what it is.
package struct Exporter {
  private let blobs: any BlobStore
  private let folder: BundleFolder
  /// Whether what the bundle has already is read through.
  private let isChecking: Bool

  package init(from blobs: any BlobStore, to folder: BundleFolder, checking: Bool) {
    self.blobs = blobs
    self.folder = folder
    isChecking = checking
  }

  /// What happens to a file, for whoever shows it.
  package protocol Display: Sendable {
    func plan(files: Int, bytes: Int64, there: Int)
    func begin(_ path: TreePath, size: Int64)
    func add(_ count: Int64)
    func end()
  }

  /// Blocks for as long as the medium takes.
  ///
  /// - Parameter keepsOthers: whether what the bundle holds of other sources stays in it.
  package func export(
    _ snapshots: [(id: SnapshotID, snapshot: Snapshot)], keepingOthers keepsOthers: Bool, now: Int64,
    display: some Display
  ) throws -> ExportReport {
    let lock = try folder.begin(now: now)
    defer { withExtendedLifetime(lock) {} }
    var report = ExportReport()
    let names = snapshots.map(\.snapshot.source)
    let others = keepsOthers ? try folder.others(than: names) : []
    if !keepsOthers {
      // Of one that cannot be read nobody can say what it held.
      report.droppedSources = (try? folder.read())?.snapshots.map(\.source).filter { !names.contains($0) } ?? []
    }
    var waiting: [(path: TreePath, digest: SHA256Digest, size: Int64)] = []
    var seen: Set<SHA256Digest> = []
    for snapshot in snapshots.map(\.snapshot) {
      let documents = snapshot.documents.flatMap(\.received).map { ($0.path, $0.sha256, $0.size) }
      for file in documents + snapshot.items.map({ ($0.path, $0.sha256, $0.size) }) where seen.insert(file.1).inserted {
        report.files += 1
        report.bytes += file.2
        if try !isThere(file.1, size: file.2) { waiting.append(file) }
      }
    }
    let needed = waiting.reduce(0) { $0 + $1.size }
    let free = try FreeSpace.bytes(at: folder.path)
    if needed > free { throw ExportError.noSpace(path: folder.path, needed: needed, free: free) }
    display.plan(files: waiting.count, bytes: needed, there: report.files - waiting.count)
    // One after the other: a medium that turns, or wears, is written best in one go.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 4096)
    defer { buffer.deallocate() }
    for file in waiting {
      display.begin(file.path, size: file.size)
      try copy(file.digest, size: file.size, through: buffer, display)
      display.end()
      report.writtenFiles += 1
      report.writtenBytes += file.size
    }
    try folder.blobs.makeDurable(seen)
    report.removedFiles = try folder.conclude(snapshots + others, now: now)
    return report
  }

  private func isThere(_ digest: SHA256Digest, size: Int64) throws(StorageError) -> Bool {
    guard try folder.blobs.size(of: digest) == size else { return false }
    if !isChecking { return true }
    // Whatever is wrong with it, it is written again.
    return (try? folder.blobs.check(digest)) != nil
  }

  private func copy(
    _ digest: SHA256Digest, size: Int64, through buffer: UnsafeMutableRawBufferPointer, _ display: some Display
  ) throws {
    let file: OpenFile
    do throws(StorageError) { file = try blobs.open(digest) } catch .missingBlob {
      throw ExportError.unsound(path: "blob \(digest)")
    }
    let writer = try folder.blobs.receive(digest, size: size)
    do throws(StorageError) {
      while true {
        let count = try file.read(into: buffer)
        if count == 0 { break }
        try writer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        display.add(Int64(count))
      }
      try writer.finish()
    } catch .wrongHash, .wrongSize {
      throw ExportError.unsound(path: file.path)
    }
  }
}
