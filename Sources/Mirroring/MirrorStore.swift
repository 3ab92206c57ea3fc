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
  ///
  /// - Parameter tell: hears of what was damaged, and where it is now.
  package init(writing folder: DataFolder, now: Int64, tell: (String) -> Void = { _ in }) throws {
    self.init(folder, catalog: try Self.openCatalog(folder, now: now, tell))
    try publications.mend(at: now, tell: tell)
    let known = try catalog.snapshots()
    if known.isEmpty { try rebuildCatalog() } else { try addUnknown(besides: known) }
  }

  /// Opens it for looking, and writes nothing. Where the catalog cannot be read (gone, damaged, a file system that is
  /// full or read-only), what the snapshots say is shown instead. `nil` when there is nothing yet.
  package init?(reading folder: DataFolder) throws {
    do {
      guard try FileBlobStore.exists(folder.catalog) else { throw CatalogError.damaged(path: folder.catalog) }
      self.init(folder, catalog: try CatalogDatabase(path: folder.catalog, readOnly: true))
    } catch is CatalogError {
      if try SnapshotStore(folder).ids().isEmpty { return nil }
      self.init(folder, catalog: try CatalogDatabase())
      try rebuildCatalog()
    }
  }

  init(_ folder: DataFolder, catalog: CatalogDatabase, blobs: (any BlobStore)? = nil) {
    self.folder = folder
    let blobs = blobs ?? FileBlobStore(folder)
    self.blobs = blobs
    snapshots = SnapshotStore(folder)
    publications = PublicationStore(folder, blobs: blobs)
    self.catalog = catalog
  }

  private static func openCatalog(
    _ folder: DataFolder, now: Int64, _ tell: (String) -> Void
  ) throws -> CatalogDatabase {
    do {
      return try CatalogDatabase(path: folder.catalog)
    } catch CatalogError.damaged {
      // Set aside rather than deleted: its history may still be of use to somebody.
      let aside = try FileBlobStore.freeName("\(folder.catalog).damaged-\(now)")
      for suffix in ["", "-wal", "-shm"] {
        try FileBlobStore.setAside(folder.catalog + suffix, as: aside + suffix)
      }
      tell("\(folder.catalog) was damaged and is kept as \(aside); it was rebuilt from the snapshots")
      return try CatalogDatabase(path: folder.catalog)
    }
  }

  private func rebuildCatalog() throws {
    var newest: [String: (id: SnapshotID, snapshot: Snapshot)] = [:]
    for id in try snapshots.ids() {
      // One that is damaged is of no use to anybody; “maas-mirror verify” names it.
      guard let snapshot = try? snapshots.load(id) else { continue }
      try catalog.add(SnapshotRow(id, snapshot))
      if snapshot.sequence > newest[snapshot.source]?.snapshot.sequence ?? 0 {
        newest[snapshot.source] = (id, snapshot)
      }
    }
    for (source, latest) in newest where try catalog.state(of: source) == nil {
      var state = SourceState(source: source, settings: SettingsKeys.rebuilt)
      state.outcome = "rebuilt from snapshot \(latest.id.short)"
      state.snapshot = latest.id.description
      // At that time everything was well; of what came after, only the catalog knew.
      if latest.snapshot.missing.isEmpty { state.lastGood = latest.snapshot.created }
      try catalog.save(state)
    }
  }

  /// After a power loss the catalog may stand behind the snapshots: it is not written through at each step, and they are.
  private func addUnknown(besides known: [SnapshotRow]) throws {
    let names = Set(known.map(\.id))
    for id in try snapshots.ids() where !names.contains(id.description) {
      guard let snapshot = try? snapshots.load(id) else { continue }
      try catalog.add(SnapshotRow(id, snapshot))
      let isNewest = known.allSatisfy { $0.source != snapshot.source || $0.sequence < snapshot.sequence }
      guard isNewest, var state = try catalog.state(of: snapshot.source) else { continue }
      // What was accepted last is in the snapshot, and not in the state.
      state.settings = SettingsKeys.rebuilt
      try catalog.save(state)
    }
  }

  /// A source's newest snapshot. One that is damaged is passed over: the next sync makes a new one.
  package func latest(of source: String) throws -> (id: SnapshotID, snapshot: Snapshot)? {
    for row in try catalog.snapshots(of: source) {
      if let found = try load(row) { return found }
    }
    return nil
  }

  /// All of a source's snapshots that can be read, the newest first.
  func kept(of source: String) throws -> [Snapshot] {
    try catalog.snapshots(of: source).compactMap { try load($0)?.snapshot }
  }

  private func load(_ row: SnapshotRow) throws -> (id: SnapshotID, snapshot: Snapshot)? {
    guard let id = SnapshotID(row.id), try FileBlobStore.exists(folder.snapshot(id)) else { return nil }
    do throws(StorageError) {
      return (id, try snapshots.load(id))
    } catch .malformed {
      return nil
    }
  }
}

extension SnapshotRow {
  package init(_ id: SnapshotID, _ snapshot: Snapshot) {
    self.init(
      id: id.description, source: snapshot.source, sequence: snapshot.sequence, created: snapshot.created,
      files: Set(snapshot.items.map(\.path)).count, bytes: snapshot.bytes, missing: snapshot.missing.count)
  }
}
