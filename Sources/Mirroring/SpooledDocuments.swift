import Simplestreams
import Storage
import Trust

/// The bytes of documents while the files are fetched that they list: as received and as signed they are about as much as
/// what is known of them, and only a sync that ends keeps them.
struct SpooledDocuments {
  private struct Spooled {
    var received: [(path: TreePath, bytes: Spool.Piece)]
    var payload: Spool.Piece
  }

  private let spool: Spool
  private let documents: [Spooled]

  /// Takes the bytes of the documents.
  init(_ documents: inout [UpstreamDocument], in folder: DataFolder) throws {
    let spool = try Spool(in: folder)
    var spooled: [Spooled] = []
    for position in documents.indices {
      let document = documents[position]
      spooled.append(
        Spooled(
          received: try document.received.map { ($0.path, try spool.put($0.bytes)) },
          payload: try spool.put(document.payload)))
      documents[position].letGoOfBytes()
    }
    (self.spool, self.documents) = (spool, spooled)
  }

  /// Keeps them, so that an auditor, a publication and the next sync find them.
  ///
  /// - Parameters:
  ///   - documents: the same.
  ///   - forms: for each what came later of its other form; empty for none at all.
  func keep(
    _ documents: [UpstreamDocument], forms: [[(path: TreePath, bytes: [UInt8])]], in blobs: any BlobStore
  ) throws -> [Snapshot.Document] {
    var kept: [Snapshot.Document] = []
    for (position, document) in documents.enumerated() {
      let spooled = self.documents[position]
      var files = try spooled.received.map { try Self.keep($0.path, try spool.take($0.bytes), in: blobs) }
      if !forms.isEmpty { files += try forms[position].map { try Self.keep($0.path, $0.bytes, in: blobs) } }
      var signer: (String, Int64)?
      if case .signed(let key, let moment) = document.verified.assurance { signer = (key.hex, moment) }
      let role: Snapshot.Document.Role = if case .index = document.content { .index } else { .products }
      kept.append(
        .init(
          role: role, contentID: document.contentID?.string, received: files,
          payload: try blobs.insert(try spool.take(spooled.payload)), signedBy: signer?.0, signedAt: signer?.1))
    }
    return kept
  }

  private static func keep(
    _ path: TreePath, _ bytes: [UInt8], in blobs: any BlobStore
  ) throws -> Snapshot.Received {
    .init(path: path, sha256: try blobs.insert(bytes), size: Int64(bytes.count))
  }
}
