import Catalog
package import Simplestreams
import Storage
package import Transfer
package import Trust

/// A document of upstream, verified: the files as they came, and the bytes that the signature covers.
package struct UpstreamDocument: Sendable {
  package enum Content: Sendable {
    case index(StreamIndex)
    case products(ProductsFile)
  }

  package var path: TreePath
  package var contentID: ContentID?
  package var received: [ReceivedFile]
  /// The bytes that the signature covers, where they are wanted again.
  package var payload: DocumentBytes?
  package var assurance: Assurance
  /// When the signature or its key ends, in seconds since 1970.
  package var goodUntil: Int64?
  package var validators: Validators
  /// The root that it came from, without credentials; `nil` where that was not kept.
  package var origin: String?
  package var content: Content

  package var updated: Timestamp? {
    switch content {
    case .index(let index): index.updated
    case .products(let file): file.updated
    }
  }

  /// What the document says, without the times that move every hour: equal text, equal content.
  var contentDigest: SHA256Digest {
    switch content {
    case .products(let file): return file.contentDigest
    case .index(var index):
      for position in index.entries.indices { index.entries[position].updated = nil }
      return SHA256Digest(hashing: JSONWriter.write(index.json(updated: nil)))
    }
  }
}

extension ProductsFile {
  /// What it says, without its time.
  var contentDigest: SHA256Digest { SHA256Digest(hashingPieces: { write(updated: nil, to: $0) }) }
}

extension SourceState {
  /// Takes over what a document that is known is recognised by now.
  mutating func recognise(_ document: UpstreamDocument) {
    guard let position = documents.firstIndex(where: { $0.path == document.path.string }) else { return }
    documents[position].entityTag = document.validators.entityTag
    documents[position].lastModified = document.validators.lastModified
    documents[position].origin = document.origin
    documents[position].goodUntil = document.goodUntil
  }
}

extension SourceState.Document {
  init(_ document: UpstreamDocument, kept: Snapshot.Document) {
    self.init(
      role: kept.role.rawValue, contentID: kept.contentID, path: document.path.string,
      received: kept.received.map { .init(path: $0.path.string, sha256: $0.sha256.hex, size: $0.size) },
      payload: kept.payload.hex, signedBy: kept.signedBy, signedAt: kept.signedAt,
      entityTag: document.validators.entityTag, lastModified: document.validators.lastModified,
      updated: document.updated?.seconds, origin: document.origin, goodUntil: document.goodUntil)
  }
}
