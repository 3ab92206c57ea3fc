import NIOCore
import Simplestreams
import Storage

/// Where a blob's bytes come from: a small one and a document are in memory, a large item is an open file.
enum BlobContent: Sendable {
  case bytes(ByteBuffer)
  case document(DocumentShelf.Document)
  case file(OpenFile)

  /// Most documents and manifests; with their head they go out in one piece.
  static let limit: Int64 = 64 << 10

  /// Blocks on the disk. What is to be in memory is checked against its name while it is in hand.
  /// - Parameters:
  ///   - size: what the published tree says. A file of any other size is damaged, and none of it is sent.
  ///   - shelf: for a large document. If it has no room, that is sent from its file.
  init(
    _ digest: SHA256Digest, size: Int64, in blobs: any BlobStore, on shelf: DocumentShelf? = nil
  ) throws(StorageError) {
    if let shelf, DocumentShelf.takes(size) {
      let document = try shelf.document(digest, size: size) { () throws(StorageError) in
        try Self.read(try Self.open(digest, size: size, in: blobs), digest, size: size)
      }
      if let document {
        self = .document(document)
        return
      }
    }
    let file = try Self.open(digest, size: size, in: blobs)
    self = size > Self.limit ? .file(file) : .bytes(try Self.read(file, digest, size: size))
  }

  private static func open(
    _ digest: SHA256Digest, size: Int64, in blobs: any BlobStore
  ) throws(StorageError) -> OpenFile {
    let file = try blobs.open(digest)
    let found = try file.size()
    guard found == size else { throw .wrongSize(digest, expected: size, found: found) }
    return file
  }

  private static func read(_ file: OpenFile, _ digest: SHA256Digest, size: Int64) throws(StorageError) -> ByteBuffer {
    let bytes = try file.readAll(limit: Int(size))
    let hash = SHA256Digest(hashing: bytes)
    guard hash == digest else { throw .wrongHash(expected: digest, found: hash) }
    return ByteBuffer(bytes: bytes)
  }

  /// The whole blob, where it is in memory.
  var inMemory: ByteBuffer? {
    switch self {
    case .bytes(let bytes): bytes
    case .document(let document): document.bytes
    case .file: nil
    }
  }

  /// What it holds of the memory beside what the shelf counts.
  var weight: Int {
    switch self {
    case .bytes(let bytes): bytes.readableBytes
    case .document, .file: 0
    }
  }
}
