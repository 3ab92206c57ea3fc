import Glibc
package import Simplestreams
import Synchronization

/// Bytes that are not needed for a while, on the disk meanwhile instead of in memory. The file has no name: however the process
/// ends, nothing is left of it.
package final class Spool: Sendable {
  package struct Piece: Sendable {
    package let digest: SHA256Digest
    fileprivate let place: Range<Int64>
  }

  private let folder: DataFolder
  /// Made with the first byte.
  private let file = Mutex<OpenFile?>(nil)

  package init(in folder: DataFolder) { self.folder = folder }

  /// An empty one in the same place.
  package func anew() -> Spool { Spool(in: folder) }

  package func put(_ bytes: [UInt8]) throws(StorageError) -> Piece {
    let digest = SHA256Digest(hashing: bytes)
    return try file.withLock { file throws(StorageError) in
      let opened: OpenFile
      if let file { opened = file } else { opened = try Self.open(in: folder) }
      file = opened
      let start = try opened.size()
      try opened.write(bytes)
      return Piece(digest: digest, place: start..<start + Int64(bytes.count))
    }
  }

  private static func open(in folder: DataFolder) throws(StorageError) -> OpenFile {
    // A writer that is killed here leaves it to the next one's sweep.
    let path = "\(folder.incoming)/\(getpid())-\(UInt64.random(in: .min ... .max)).new"
    let file = try OpenFile(path, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
    if unlink(path) != 0 { throw FileSystem.failure("remove", path) }
    return file
  }

  /// What was put there, or an error.
  package func take(_ piece: Piece) throws(StorageError) -> [UInt8] {
    var failure: StorageError?
    let file = file.withLock { $0 }
    let bytes = [UInt8](unsafeUninitializedCapacity: piece.place.count) { buffer, filled in
      do throws(StorageError) {
        filled = try file?.read(at: piece.place.lowerBound, into: UnsafeMutableRawBufferPointer(buffer)) ?? 0
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    let found = SHA256Digest(hashing: bytes)
    if found != piece.digest { throw .wrongHash(expected: piece.digest, found: found) }
    return bytes
  }
}
