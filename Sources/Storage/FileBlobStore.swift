import Glibc
package import Simplestreams

/// Blobs as read-only files under `<data>/blobs/sha256/`.
package struct FileBlobStore: BlobStore {
  package let folder: DataFolder

  package init(_ folder: DataFolder) { self.folder = folder }

  package func size(of digest: SHA256Digest) throws(StorageError) -> Int64? {
    // Anything else of that name is no blob, whatever its size.
    try FileSystem.status(folder.blob(digest)).flatMap { $0.st_mode & S_IFMT == S_IFREG ? Int64($0.st_size) : nil }
  }

  package func open(_ digest: SHA256Digest) throws(StorageError) -> OpenFile {
    let file: OpenFile
    do {
      // A pipe would be waited for until somebody writes into it.
      file = try OpenFile(folder.blob(digest), flags: O_RDONLY | O_NONBLOCK)
    } catch {
      if try size(of: digest) == nil { throw .missingBlob(digest) }
      throw error
    }
    guard try file.isRegular() else { throw .missingBlob(digest) }
    return file
  }

  package func insert(_ bytes: [UInt8]) throws(StorageError) -> SHA256Digest {
    let digest = SHA256Digest(hashing: bytes)
    if try isWhole(digest, size: Int64(bytes.count)) { return digest }
    try folder.makePlace(for: digest)
    try FileSystem.replace(folder.blob(digest), with: bytes, staging: folder.incoming, mode: 0o444)
    return digest
  }

  /// Whether it is there, and what its name says.
  func isWhole(_ digest: SHA256Digest, size: Int64) throws(StorageError) -> Bool {
    try self.size(of: digest) == size && (try? check(digest)) != nil
  }

  package func draft() -> any BlobDraft { FileBlobDraft(self) }

  package func receive(_ digest: SHA256Digest, size: Int64) throws(StorageError) -> any BlobWriter {
    try FileBlobWriter(digest: digest, size: size, folder: folder)
  }

  package func sizeReceived(of digest: SHA256Digest) throws(StorageError) -> Int64 {
    try FileSystem.status(folder.partial(digest)).map { Int64($0.st_size) } ?? 0
  }

  package func forEach(_ body: (SHA256Digest, Int64) throws(StorageError) -> Void) throws(StorageError) {
    for prefix in try FileSystem.names(in: folder.blobs) {
      for name in try FileSystem.names(in: "\(folder.blobs)/\(prefix)") {
        guard let digest = SHA256Digest(hex: name), let size = try size(of: digest) else { continue }
        try body(digest, size)
      }
    }
  }

  package func arrival(of digest: SHA256Digest) throws(StorageError) -> Int64? {
    try FileSystem.status(folder.blob(digest)).map { Int64($0.st_mtim.tv_sec) }
  }

  package func makeDurable(_ digests: Set<SHA256Digest>) throws(StorageError) {
    for path in Set(digests.map(folder.blobFolder)).sorted() + [folder.blobs, FileSystem.parent(of: folder.blobs)] {
      try FileSystem.synchronizeFolder(path)
    }
  }

  package func remove(_ digest: SHA256Digest) throws(StorageError) {
    try FileSystem.remove(folder.blob(digest))
  }
}

extension FileBlobStore {
  package static func exists(_ path: String) throws(StorageError) -> Bool { try FileSystem.status(path) != nil }

  /// Throws where no blobs are: what looks after a mirror must not begin one.
  package static func requireBegun(_ folder: DataFolder) throws(StorageError) {
    if try exists(folder.blobs) { return }
    guard try exists(folder.snapshots) else { throw .noMirror(path: folder.root) }
    throw .system(operation: "find", path: folder.blobs, reason: "there is no such folder")
  }

  /// The name, or with a number behind it where there is something of that name.
  package static func freeName(_ path: String) throws(StorageError) -> String {
    var (name, number) = (path, 1)
    while try exists(name) {
      number += 1
      name = "\(path)-\(number)"
    }
    return name
  }

  /// Moves a file out of the way; nothing happens when it is not there.
  package static func setAside(_ path: String, as name: String) throws(StorageError) {
    if try exists(path) { try FileSystem.move(path, to: name) }
  }
}
