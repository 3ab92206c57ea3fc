import NIOCore
import Simplestreams
import Storage

/// Where a blob's bytes come from: a small one is in memory, a large one is an open file.
enum BlobContent: Sendable {
  case bytes(ByteBuffer)
  case file(OpenFile)

  /// Most documents and manifests; with their head they go out in one piece.
  static let limit: Int64 = 64 << 10

  /// Blocks on the disk. A small blob is checked against its name while it is in hand.
  /// - Parameter size: what the published tree says. A file of any other size is damaged, and none of it is sent.
  init(_ digest: SHA256Digest, size: Int64, in blobs: any BlobStore) throws(StorageError) {
    let file = try blobs.open(digest)
    let found = try file.size()
    guard found == size else { throw .wrongSize(digest, expected: size, found: found) }
    if size > Self.limit {
      self = .file(file)
      return
    }
    let bytes = try file.readAll(limit: Int(Self.limit))
    let hash = SHA256Digest(hashing: bytes)
    guard hash == digest else { throw .wrongHash(expected: digest, found: hash) }
    self = .bytes(ByteBuffer(bytes: bytes))
  }

  /// What it holds of the memory.
  var weight: Int {
    switch self {
    case .bytes(let bytes): bytes.readableBytes
    case .file: 0
    }
  }
}
