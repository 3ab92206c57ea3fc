import Glibc
import Simplestreams

/// Bytes that are not needed for a while, on the disk meanwhile instead of in memory. The file has no name: however the process
/// ends, nothing is left of it.
package final class Spool: Sendable {
  package struct Piece: Sendable {
    fileprivate let place: Range<Int64>
    fileprivate let digest: SHA256Digest
  }

  private let file: OpenFile

  package init(in folder: DataFolder) throws(StorageError) {
    // A writer that is killed here leaves it to the next one's sweep.
    let path = "\(folder.incoming)/\(getpid())-spool.new"
    file = try OpenFile(path, flags: O_RDWR | O_CREAT | O_TRUNC, mode: 0o600)
    if unlink(path) != 0 { throw FileSystem.failure("remove", path) }
  }

  /// By one thread at a time.
  package func put(_ bytes: [UInt8]) throws(StorageError) -> Piece {
    let start = try file.size()
    try file.write(bytes)
    return Piece(place: start..<start + Int64(bytes.count), digest: SHA256Digest(hashing: bytes))
  }

  /// What was put there, or an error.
  package func take(_ piece: Piece) throws(StorageError) -> [UInt8] {
    var failure: StorageError?
    let bytes = [UInt8](unsafeUninitializedCapacity: piece.place.count) { buffer, filled in
      do throws(StorageError) {
        filled = try file.read(at: piece.place.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
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
