import struct Crypto.SHA256
import Glibc
import Simplestreams

/// Receives one blob into `incoming/`, hashing as the bytes arrive.
///
/// `@unchecked Sendable`: the seam's contract is one thread at a time, and the transfer keeps it: a request's sink is
/// called from the one thread that drives that request, and `finish` follows its completion.
final class FileBlobWriter: BlobWriter, @unchecked Sendable {
  private let digest: SHA256Digest
  private let size: Int64
  private let folder: DataFolder
  private let partial: String
  /// Made with the first byte: what was never there leaves nothing behind.
  private var file: OpenFile?
  private var hasher = SHA256()
  /// Hashed already, and not in the file yet.
  private var gathered: GatheredBytes
  private(set) var position: Int64 = 0

  init(digest: SHA256Digest, size: Int64, folder: DataFolder) throws(StorageError) {
    self.digest = digest
    self.size = size
    self.folder = folder
    partial = folder.partial(digest)
    gathered = GatheredBytes(for: size)
    if try FileSystem.status(partial) != nil { file = try Self.open(partial) }
    try resume()
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    guard position + Int64(bytes.count) <= size else {
      throw .wrongSize(digest, expected: size, found: position + Int64(bytes.count))
    }
    hasher.update(bufferPointer: bytes)
    position += Int64(bytes.count)
    var rest = bytes
    while !rest.isEmpty {
      rest = gathered.take(rest)
      if gathered.isFull { try flush() }
    }
  }

  func suspend() throws(StorageError) {
    if !gathered.isEmpty { try flush() }
  }

  private func flush() throws(StorageError) {
    // After a failure as well: some of it may be written, and must not be written twice.
    defer { gathered.removeAll() }
    try opened().write(gathered.bytes)
  }

  func restart() throws(StorageError) {
    let file = try opened()
    if ftruncate(file.descriptor, 0) != 0 { throw FileSystem.failure("truncate", partial) }
    if lseek(file.descriptor, 0, SEEK_SET) != 0 { throw FileSystem.failure("rewind", partial) }
    hasher = SHA256()
    gathered.removeAll()
    position = 0
  }

  func finish() throws(StorageError) {
    guard position == size else { throw .wrongSize(digest, expected: size, found: position) }
    let found = SHA256Digest(hasher.finalize())
    guard found == digest else {
      try FileSystem.remove(partial)
      throw .wrongHash(expected: digest, found: found)
    }
    try suspend()
    let file = try opened()
    try FileSystem.setMode(of: file, 0o444)
    try synchronize(file)
    try folder.makePlace(for: digest)
    try FileSystem.move(partial, to: folder.blob(digest))
    try FileSystem.synchronizeFolder(folder.blobFolder(digest))
  }

  /// The kernel tells once that it could not write, and holds the pages clean from then on (fsync(2)): the next fsync would
  /// succeed over bytes that are in memory only. So a file whose fsync failed is not gone on with.
  private func synchronize(_ file: OpenFile) throws(StorageError) {
    do {
      try file.synchronize()
    } catch {
      self.file = nil
      // What failed first is what the caller must hear.
      try? FileSystem.remove(partial)
      throw error
    }
  }

  private func opened() throws(StorageError) -> OpenFile {
    if let file { return file }
    let opened = try Self.open(partial)
    file = opened
    return opened
  }

  private static func open(_ partial: String) throws(StorageError) -> OpenFile {
    do {
      return try OpenFile(partial, flags: O_RDWR | O_CREAT, mode: 0o600)
    } catch {
      // A kill in `finish` leaves a file that its owner may not write to either, unless the owner is root.
      guard chmod(partial, 0o600) == 0 else { throw error }
      return try OpenFile(partial, flags: O_RDWR, mode: 0o600)
    }
  }

  /// Hashes what an earlier run left, so that the transfer can go on behind it.
  private func resume() throws(StorageError) {
    guard let file else { return }
    let held = try file.size()
    if held == 0 { return }
    if held > size { return try restart() }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let count = try file.read(into: buffer)
      if count == 0 { break }
      hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      position += Int64(count)
    }
  }
}
