package import Simplestreams
package import Storage
import Trust

/// Where the bytes of a document are: most of what is done with it needs only what it says, and as received and as signed they
/// are about as much as that again.
package enum DocumentBytes: Sendable {
  case held([UInt8])
  case spooled(Spool.Piece, in: Spool)
  case stored(SHA256Digest, in: any BlobStore)

  package func read() throws(StorageError) -> [UInt8] {
    switch self {
    case .held(let bytes): bytes
    case .spooled(let piece, let spool): try spool.take(piece)
    case .stored(let digest, let blobs): try blobs.read(digest, limit: Int(DocumentFetcher.byteLimit))
    }
  }
}

/// A file of a document as it came, with the bytes where they are wanted again.
package struct ReceivedFile: Sendable {
  package var path: TreePath
  package var sha256: SHA256Digest
  package var bytes: DocumentBytes?
}

/// What is done with the bytes of documents that come in.
enum BytesKeeping: Sendable {
  /// Only what they say is wanted.
  case none
  case held
  /// A sync that ends keeps them.
  case spooled(Spool)

  /// The same for one more pass over upstream: what an earlier one put away that was then refused takes no room.
  func anew() -> BytesKeeping {
    if case .spooled(let spool) = self { .spooled(spool.anew()) } else { self }
  }

  func keep(_ bytes: [UInt8], as path: TreePath) throws(StorageError) -> ReceivedFile {
    switch self {
    case .none: return ReceivedFile(path: path, sha256: SHA256Digest(hashing: bytes), bytes: nil)
    case .held: return ReceivedFile(path: path, sha256: SHA256Digest(hashing: bytes), bytes: .held(bytes))
    case .spooled(let spool):
      let piece = try spool.put(bytes)
      return ReceivedFile(path: path, sha256: piece.digest, bytes: .spooled(piece, in: spool))
    }
  }

  func keep(_ payload: [UInt8]) throws(StorageError) -> DocumentBytes? {
    switch self {
    case .none: nil
    case .held: .held(payload)
    case .spooled(let spool): .spooled(try spool.put(payload), in: spool)
    }
  }
}

extension UpstreamDocument {
  /// Keeps its bytes, so that an auditor, a publication and the next sync find them.
  ///
  /// - Parameter forms: what came of its other form.
  func keep(with forms: [ReceivedFile], in blobs: any BlobStore) throws -> Snapshot.Document {
    var signer: (String, Int64)?
    if case .signed(by: let key, at: let moment) = assurance { signer = (key.hex, moment) }
    let role: Snapshot.Document.Role = if case .index = content { .index } else { .products }
    return .init(
      role: role, contentID: contentID?.string,
      received: try (received + forms).map { file in
        let bytes = try wanted(file.bytes)
        return .init(path: file.path, sha256: try blobs.insert(bytes), size: Int64(bytes.count))
      },
      payload: try blobs.insert(try signedBytes()), signedBy: signer?.0, signedAt: signer?.1)
  }

  /// The bytes that the signature covers.
  func signedBytes() throws -> [UInt8] { try wanted(payload) }

  private func wanted(_ bytes: DocumentBytes?) throws -> [UInt8] {
    guard let bytes else { preconditionFailure("\(path) was read without its bytes, and they are wanted") }
    return try bytes.read()
  }
}
