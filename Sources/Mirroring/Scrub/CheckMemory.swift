import Catalog
import Simplestreams
import Storage

/// Remembers in the catalog when each blob was found sound. Where that cannot be done, all count as never checked, and
/// the check itself goes on.
final class CheckMemory {
  private let catalog: CatalogDatabase?
  let checked: [SHA256Digest: Int64]
  private var fresh: [(blob: String, time: Int64)] = []
  private var since = ContinuousClock.now

  var isKept: Bool { catalog != nil }

  init(_ folder: DataFolder, report: inout ScrubReport) {
    do {
      // One that is gone is for a writer to make: an empty one would hide the snapshots.
      guard try FileBlobStore.exists(folder.catalog) else {
        if !(try SnapshotStore(folder).ids().isEmpty) { throw CatalogError.damaged(path: folder.catalog) }
        // Before the first sync there is nothing to know.
        (checked, catalog) = ([:], nil)
        return
      }
      let catalog = try CatalogDatabase(path: folder.catalog)
      checked = Dictionary(
        try catalog.blobChecks().compactMap { hex, time in SHA256Digest(hex: hex).map { ($0, time) } }
      ) { first, _ in first }
      self.catalog = catalog
    } catch {
      report.notes.append("when blobs were last checked is not known, and is not noted: \(error)")
      checked = [:]
      catalog = nil
    }
  }

  func note(_ digest: SHA256Digest, at time: Int64, _ report: inout ScrubReport) {
    fresh.append((digest.hex, time))
    // Whatever kills it, no more than this has to be read again.
    if ContinuousClock.now - since > .seconds(10) { save(&report) }
  }

  func save(_ report: inout ScrubReport) {
    if let catalog, !fresh.isEmpty {
      do {
        try catalog.noteChecks(fresh)
      } catch {
        report.notes.append("that \(fresh.count) blobs were checked could not be noted: \(error)")
      }
    }
    (fresh, since) = ([], .now)
  }

  /// Blobs that are gone need no memory.
  func forget(except all: Set<SHA256Digest>, _ report: inout ScrubReport) throws {
    let gone = checked.keys.filter { !all.contains($0) }
    if let catalog, !gone.isEmpty { try catalog.forgetChecks(of: gone.map(\.hex)) }
  }
}
