package import Simplestreams
package import Storage

/// What is wrong with a store: blobs that are not what their names say, and blobs that something names and that are gone.
package struct Inspection: Sendable {
  package private(set) var checked = 0
  package private(set) var bytes: Int64 = 0
  package private(set) var damaged: [(digest: SHA256Digest, reason: String)] = []
  package private(set) var missing: [(digest: SHA256Digest, neededBy: String)] = []
  /// Snapshots and publications that cannot be read.
  package private(set) var unreadable: [String] = []

  package var isSound: Bool { damaged.isEmpty && missing.isEmpty && unreadable.isEmpty }

  private let blobs: FileBlobStore
  private let snapshots: SnapshotStore
  private let publications: PublicationStore

  package init(_ folder: DataFolder) throws {
    blobs = FileBlobStore(folder)
    snapshots = SnapshotStore(folder)
    publications = PublicationStore(folder, blobs: blobs)
    guard try FileBlobStore.exists(folder.blobs) else {
      throw StorageError.system(operation: "list", path: folder.blobs, reason: "there is no such folder")
    }
    try checkContents()
    try checkSnapshots()
    try checkPublications()
  }

  private mutating func checkContents() throws {
    try blobs.forEach { digest, size throws(StorageError) in
      checked += 1
      bytes += size
      do throws(StorageError) {
        try blobs.check(digest)
      } catch .wrongHash(_, let found) {
        damaged.append((digest, "its bytes hash to \(found)"))
      } catch {
        damaged.append((digest, "\(error)"))
      }
    }
  }

  /// Only the newest of each source: what older ones name may have been cleaned away.
  private mutating func checkSnapshots() throws {
    var newest: [String: Snapshot] = [:]
    for id in try snapshots.ids() {
      do throws(StorageError) {
        let snapshot = try snapshots.load(id)
        if snapshot.sequence > newest[snapshot.source]?.sequence ?? 0 { newest[snapshot.source] = snapshot }
      } catch {
        unreadable.append("\(error)")
      }
    }
    for snapshot in newest.values.sorted(by: { $0.source < $1.source }) {
      let name = "the newest snapshot of “\(snapshot.source)”"
      for item in snapshot.items { try need(item.sha256, item.size, "\(name): \(item.path)") }
      for document in snapshot.documents + (snapshot.carried ?? []) {
        for file in document.received { try need(file.sha256, file.size, "\(name): \(file.path)") }
      }
    }
  }

  private mutating func checkPublications() throws {
    for path in try publications.paths() {
      do throws(StorageError) {
        guard let record = try publications.record(path) else { continue }
        let tree = try publications.tree(record.current.tree)
        for file in tree.items + tree.documents {
          try need(file.sha256, file.size, "/\(path)/\(file.path)")
          for packed in file.packed { try need(packed.sha256, packed.size, "/\(path)/\(file.path), compressed") }
        }
      } catch {
        unreadable.append("/\(path)/: \(error)")
      }
    }
  }

  private mutating func need(_ digest: SHA256Digest, _ size: Int64, _ name: String) throws(StorageError) {
    guard try blobs.size(of: digest) == nil, !missing.contains(where: { $0.digest == digest }) else { return }
    missing.append((digest, name))
  }
}
