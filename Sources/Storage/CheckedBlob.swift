import struct Crypto.SHA256
package import Simplestreams

/// A blob that is read piece by piece, and that whoever reads its last piece knows to be what its name says.
package final class CheckedBlob {
  package let count: Int
  private let digest: SHA256Digest
  private let file: OpenFile
  private var hasher = SHA256()
  private var hashed = 0

  package init(_ digest: SHA256Digest, in blobs: any BlobStore) throws(StorageError) {
    self.digest = digest
    file = try blobs.open(digest)
    count = Int(try file.size())
  }

  /// Reads into the whole of the buffer; returns fewer bytes only at the end. It is read from its beginning, in order, as often as
  /// is wanted.
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    if offset == 0 { (hasher, hashed) = (SHA256(), 0) }
    precondition(offset == hashed, "a blob is checked in order")
    let length = try file.read(at: Int64(offset), into: buffer)
    hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<length]))
    hashed += length
    if length < buffer.count || hashed >= count {
      let found = SHA256Digest(hasher.finalize())
      guard found == digest else { throw .wrongHash(expected: digest, found: found) }
    }
    return length
  }
}
