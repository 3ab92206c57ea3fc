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

  package func paths() throws(StorageError) -> [PublicationPath] { try paths(in: folder.publications) }

  private func paths(in folder: String) throws(StorageError) -> [PublicationPath] {
    try FileSystem.names(in: folder).compactMap { name in
      name.hasSuffix(".json") ? PublicationPath(fileName: name.dropLast(5)) : nil
    }.sorted()
  }

  package func record(_ path: PublicationPath) throws(StorageError) -> PublicationRecord? {
    try read(folder.publication(path))
  }

  private func read(_ file: String) throws(StorageError) -> PublicationRecord? {
    guard try FileSystem.status(file) != nil else { return nil }
    return try ContentFile.decodeWhole(PublicationRecord.self, from: try ContentFile.read(file), path: file)
  }

  /// `nil` where it is damaged: then there is only one of it.
  private func copy(of path: PublicationPath) throws(StorageError) -> PublicationRecord? {
    do throws(StorageError) { return try read(folder.copy(of: path)) } catch .malformed { return nil }
  }

  /// Brings back records that are damaged or lost, and copies. The caller holds the writer's lock.
  ///
  /// A copy is written before its record, so it is never older; and removed before it, so one that is alone is of a record
  /// that was lost, or of a switch that was killed in its middle.
  ///
  /// - Parameter tell: hears of what was damaged, and where it is now.
  package func mend(at time: Int64, tell: (String) -> Void) throws(StorageError) {
    for path in Set(try paths() + paths(in: folder.copies)).sorted() {
      let copy = try copy(of: path)
      do throws(StorageError) {
        if let record = try record(path) {
          if copy != record { try write(record, to: folder.copy(of: path)) }
        } else if let copy {
          try write(copy, to: folder.publication(path))
          tell("the record of /\(path)/ was lost, and is back from its copy")
        }
      } catch .malformed(_, let reason) {
        guard let copy else { continue }
        let name = try keepAside(path, at: time)
        try write(copy, to: folder.publication(path))
        tell("the record of /\(path)/ was damaged (\(reason)), is kept as \(name), and is back from its copy")
      }
    }
  }

  package func tree(_ digest: SHA256Digest) throws(StorageError) -> PublishedTree {
    let bytes = try blobs.read(digest, limit: ContentFile.limit)
    return try ContentFile.decode(PublishedTree.self, from: bytes, path: "the tree \(digest)")
  }

  /// Keeps the tree, then lets the publication point at it. The one moment at which readers change over.
  ///
  /// - Parameters:
  ///   - goingBack: whether the time may go back: the clock was ahead.
  ///   - overDamage: whether a record that cannot be read is replaced like one that never was.
  @discardableResult
  package func publish(
    _ tree: PublishedTree, at time: Int64, goingBack: Bool = false, overDamage: Bool = false
  ) throws(StorageError) -> PublicationRecord {
    let draft = blobs.draft()
    try ContentFile.encode(tree) { draft.append($0) }
    let digest = try draft.keep()
    try blobs.makeDurable([digest])
    let next: PublicationRecord
    if let previous = try overDamage ? readable(tree.path) : record(tree.path) {
      if previous.current.tree == digest { return previous }
      next = previous.switched(to: digest, at: time, goingBack: goingBack)
    } else {
      next = PublicationRecord(
        path: tree.path, current: .init(number: 1, tree: digest, publishedAt: time))
    }
    try save(next)
    return next
  }

  private func readable(_ path: PublicationPath) throws(StorageError) -> PublicationRecord? {
    do throws(StorageError) { return try record(path) } catch .malformed { return nil }
  }

  /// Replaces a record.
  package func save(_ record: PublicationRecord) throws(StorageError) {
    try FileSystem.makeFolder(folder.copies)
    try write(record, to: folder.copy(of: record.path))
    try write(record, to: folder.publication(record.path))
  }

  private func write(_ record: PublicationRecord, to file: String) throws(StorageError) {
    try FileSystem.replace(file, with: try ContentFile.encodeWhole(record), staging: folder.incoming, mode: 0o644)
  }

  /// Gives a record that cannot be read a second name, and returns it. It stays where it is until another takes its place: one
  /// that is gone says to a server that the publication has ended.
  package func keepAside(_ path: PublicationPath, at time: Int64) throws(StorageError) -> String {
    let name = try FileBlobStore.freeName("\(folder.publication(path)).damaged-\(time)")
    if link(folder.publication(path), name) != 0 { throw FileSystem.failure("keep aside", folder.publication(path)) }
    return name
  }

  /// When a record last changed, in seconds since 1970; `nil` when there is none.
  package func changed(_ path: PublicationPath) throws(StorageError) -> Int64? {
    try FileSystem.status(folder.publication(path)).map { Int64($0.st_mtim.tv_sec) }
  }

  /// Ends a publication: from now on nothing of it is served.
  package func remove(_ path: PublicationPath) throws(StorageError) {
    // First the copy: alone it would bring the record back.
    try FileSystem.remove(folder.copy(of: path))
    if try FileSystem.status(folder.copies) != nil { try FileSystem.synchronizeFolder(folder.copies) }
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
