import Glibc
package import Simplestreams

/// Publications as content files: reading needs no lock, a switch is one rename.
package struct PublicationStore: Sendable {
  package let folder: DataFolder
  private let blobs: any BlobStore

  package init(_ folder: DataFolder, blobs: any BlobStore) {
    self.folder = folder
    self.blobs = blobs
  }

  package func paths() throws(StorageError) -> [PublicationPath] {
    try FileSystem.names(in: folder.publications).compactMap { name in
      name.hasSuffix(".json") ? PublicationPath(fileName: name.dropLast(5)) : nil
    }.sorted()
  }

  package func record(_ path: PublicationPath) throws(StorageError) -> PublicationRecord? {
    let file = folder.publication(path)
    guard try FileSystem.status(file) != nil else { return nil }
    return try ContentFile.decode(PublicationRecord.self, from: try ContentFile.read(file), path: file)
  }

  package func tree(_ digest: SHA256Digest) throws(StorageError) -> PublishedTree {
    let bytes = try blobs.read(digest, limit: ContentFile.limit)
    return try ContentFile.decode(PublishedTree.self, from: bytes, path: "the tree \(digest)")
  }

  /// Keeps the tree, then lets the publication point at it. The one moment at which readers change over.
  @discardableResult
  package func publish(_ tree: PublishedTree, at time: Int64) throws(StorageError) -> PublicationRecord {
    let digest = try blobs.insert(try ContentFile.encode(tree))
    try blobs.makeDurable([digest])
    let next: PublicationRecord
    if let previous = try record(tree.path) {
      if previous.current.tree == digest { return previous }
      next = previous.switched(to: digest, at: time)
    } else {
      next = PublicationRecord(
        path: tree.path, current: .init(number: 1, tree: digest, publishedAt: time))
    }
    try save(next)
    return next
  }

  /// Replaces a record with one that says the same of what is current.
  package func save(_ record: PublicationRecord) throws(StorageError) {
    try FileSystem.replace(
      folder.publication(record.path), with: try ContentFile.encode(record), staging: folder.incoming, mode: 0o644)
  }

  /// Sets a record aside that cannot be read, and returns its new name.
  package func setAside(_ path: PublicationPath, at time: Int64) throws(StorageError) -> String {
    let name = "\(folder.publication(path)).damaged-\(time)"
    try FileSystem.move(folder.publication(path), to: name)
    return name
  }

  /// Ends a publication: from now on nothing of it is served.
  package func remove(_ path: PublicationPath) throws(StorageError) {
    try FileSystem.remove(folder.publication(path))
    try FileSystem.synchronizeFolder(folder.publications)
  }

  /// Changes whenever any publication does; cheap enough to ask several times a second. A folder that is gone is not one
  /// without publications: a disk may have been unmounted.
  package func stamp() throws(StorageError) -> [String] {
    var stamps: [String] = []
    for name in try FileSystem.names(in: folder.publications, mayBeMissing: false) {
      guard let status = try FileSystem.status("\(folder.publications)/\(name)") else { continue }
      stamps.append("\(name) \(status.st_ino) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_size)")
    }
    return stamps
  }
}
