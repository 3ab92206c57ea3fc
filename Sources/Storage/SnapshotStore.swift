import Simplestreams

/// Snapshots as manifest files named by their own hash.
package struct SnapshotStore: Sendable {
  package let folder: DataFolder

  package init(_ folder: DataFolder) { self.folder = folder }

  package func ids() throws(StorageError) -> [SnapshotID] {
    try FileSystem.names(in: folder.snapshots).compactMap { name in
      name.hasSuffix(".json") ? SnapshotID(String(name.dropLast(5))) : nil
    }
  }

  package func load(_ id: SnapshotID) throws(StorageError) -> Snapshot {
    let file = folder.snapshot(id)
    let bytes = try ContentFile.read(file)
    guard SHA256Digest(hashing: bytes) == id.digest else {
      throw .malformed(path: file, reason: "its bytes do not hash to its name")
    }
    return try ContentFile.decode(Snapshot.self, from: bytes, path: file)
  }

  /// Takes a manifest that cannot be read out of the store.
  package func quarantine(_ id: SnapshotID) throws(StorageError) {
    try FileSystem.makeFolder(folder.quarantine, mode: 0o700)
    try FileSystem.move(folder.snapshot(id), to: try FileBlobStore.freeName("\(folder.quarantine)/\(id).json"))
    try FileSystem.synchronizeFolder(folder.snapshots)
  }

  /// Gone for good before this returns: whoever goes on to remove their blobs must not be overtaken by a power failure.
  package func remove(_ ids: [SnapshotID]) throws(StorageError) {
    if ids.isEmpty { return }
    for id in ids { try FileSystem.remove(folder.snapshot(id)) }
    try FileSystem.synchronizeFolder(folder.snapshots)
  }

  /// The caller has made every blob durable that the snapshot names. A damaged manifest of that name is mended.
  package func save(_ snapshot: Snapshot) throws(StorageError) -> SnapshotID {
    let file = StagedFile(in: folder)
    try ContentFile.encode(snapshot) { file.append($0) }
    let id = SnapshotID(try file.finish())
    do throws(StorageError) {
      if try FileSystem.status(folder.snapshot(id)) != nil {
        _ = try load(id)
        // Whoever put it there may have been killed before it was durable.
        try FileSystem.synchronizeFolder(folder.snapshots)
        return id
      }
    } catch .malformed {
      try quarantine(id)
    }
    try file.move(to: folder.snapshot(id))
    return id
  }
}
