import struct Crypto.SHA256
package import Simplestreams

extension SHA256Digest {
  package init(hashing bytes: some Sequence<UInt8>) {
    var hasher = SHA256()
    let contiguous: Void? = bytes.withContiguousStorageIfAvailable {
      hasher.update(bufferPointer: UnsafeRawBufferPointer($0))
    }
    if contiguous == nil { hasher.update(data: Array(bytes)) }
    self.init(hasher.finalize())
  }

  /// Of bytes that are never in memory all at once; `make` hands them on in pieces.
  package init(hashingPieces make: (@escaping ([UInt8]) -> Void) -> Void) {
    var hasher = SHA256()
    make { piece in piece.withUnsafeBytes { hasher.update(bufferPointer: $0) } }
    self.init(hasher.finalize())
  }

  init(_ digest: SHA256.Digest) {
    // A SHA-256 has 32 bytes by definition, so this cannot fail.
    self.init(bytes: Array(digest))!
  }
}

extension BlobStore {
  /// Reads a blob through and compares it with its name.
  package func check(_ digest: SHA256Digest) throws(StorageError) {
    try open(digest).check(digest)
  }
}

extension OpenFile {
  /// Reads the file through, wherever its position is, and compares it with the name that it should have.
  package func check(_ digest: SHA256Digest) throws(StorageError) {
    var hasher = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
    defer { buffer.deallocate() }
    var position: Int64 = 0
    while true {
      let count = try read(at: position, into: buffer)
      if count == 0 { break }
      hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      position += Int64(count)
    }
    let found = SHA256Digest(hasher.finalize())
    guard found == digest else { throw .wrongHash(expected: digest, found: found) }
  }
}
