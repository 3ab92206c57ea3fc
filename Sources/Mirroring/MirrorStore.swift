package import Catalog
package import Storage

/// The parts of a data folder that work on it needs, opened together.
package struct MirrorStore: Sendable {
  package let folder: DataFolder
  package let blobs: any BlobStore
  package let snapshots: SnapshotStore
  package let publications: PublicationStore
  package let catalog: CatalogDatabase

  /// Opens the data folder for writing; the caller holds the `WriterLock`. A catalog that is gone or damaged is
  /// rebuilt from the snapshots.
  package init(writing folder: DataFolder, now: Int64) throws {
    self.init(folder, catalog: try Self.openCatalog(folder, now: now))
    if try catalog.snapshots().isEmpty { try rebuildCatalog() }
  }

  /// Opens it for looking. `nil` when there is no catalog yet.
  package init?(reading folder: DataFolder) throws {
    guard try FileBlobStore.exists(folder.catalog) else { return nil }
    self.init(folder, catalog: try CatalogDatabase(path: folder.catalog, readOnly: true))
  }

  private init(_ folder: DataFolder, catalog: CatalogDatabase) {
    self.folder = folder
    let blobs = FileBlobStore(folder)
    self.blobs = blobs
    snapshots = SnapshotStore(folder)
    publications = PublicationStore(folder, blobs: blobs)
    self.catalog = catalog
  }

  private static func openCatalog(_ folder: DataFolder, now: Int64) throws -> CatalogDatabase {
    do {
      return try CatalogDatabase(path: folder.catalog)
    } catch CatalogError.damaged {
      // Set aside rather than deleted: its history may still be of use to somebody.
      for suffix in ["", "-wal", "-shm"] {
        try FileBlobStore.setAside(folder.catalog + suffix, as: "\(folder.catalog).damaged-\(now)\(suffix)")
      }
      return try CatalogDatabase(path: folder.catalog)
    }
  }

  private func rebuildCatalog() throws {
    for id in try snapshots.ids() {
      try catalog.add(SnapshotRow(id, try snapshots.load(id)))
    }
  }

  /// A source's newest snapshot.
  package func latest(of source: String) throws -> (id: SnapshotID, snapshot: Snapshot)? {
    for row in try catalog.snapshots(of: source) {
      guard let id = SnapshotID(row.id), try FileBlobStore.exists(folder.snapshot(id)) else { continue }
      return (id, try snapshots.load(id))
    }
    return nil
  }
}

extension SnapshotRow {
  package init(_ id: SnapshotID, _ snapshot: Snapshot) {
    self.init(
      id: id.description, source: snapshot.source, sequence: snapshot.sequence, created: snapshot.created,
      files: Set(snapshot.items.map(\.path)).count, bytes: snapshot.bytes, missing: snapshot.missing.count)
  }
}
