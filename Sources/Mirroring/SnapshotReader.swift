package import Simplestreams
package import Storage
import Transfer
import Trust

/// Reads back what a snapshot was made of. Its documents were verified before the snapshot was; its id covers them.
package struct SnapshotReader: Sendable {
  private let blobs: any BlobStore

  package init(blobs: any BlobStore) { self.blobs = blobs }

  package func content(of document: Snapshot.Document) throws -> UpstreamDocument {
    let payload = try blobs.read(document.payload, limit: Int(DocumentFetcher.byteLimit))
    let assurance: Assurance
    if let key = document.signedBy.flatMap({ Fingerprint($0) }), let time = document.signedAt {
      assurance = .signed(by: key, at: time)
    } else {
      assurance = .unsigned
    }
    let content: UpstreamDocument.Content
    do throws(DocumentError) {
      content = document.role == .index ? .index(try StreamIndex(payload)) : .products(try ProductsFile(payload))
    } catch {
      throw MirrorError.malformed(document: document.received.first?.path.string ?? "a document", error)
    }
    return UpstreamDocument(
      path: document.received[0].path, contentID: document.contentID.flatMap { ContentID($0) }, received: [],
      verified: .acceptedBefore(payload, assurance: assurance), validators: Validators(), content: content)
  }

  /// The products files of a snapshot, cut down to the versions whose every file it holds.
  package func products(of snapshot: Snapshot) throws -> [ProductsFile] {
    let held = Set(snapshot.items.map { Held(contentID: $0.contentID, product: $0.product, version: $0.version) })
    let entries = try snapshot.documents.filter { $0.role == .index }.flatMap { document in
      if case .index(let index) = try content(of: document).content { return index.entries }
      return []
    }
    return try snapshot.documents.compactMap { document -> ProductsFile? in
      guard case .products(var file) = try content(of: document).content else { return nil }
      if file.datatype.isEmpty { file.datatype = entries.first { $0.contentID == file.contentID }?.datatype ?? "" }
      let id = file.contentID.string
      file.products = file.products.compactMap { product in
        var product = product
        product.versions.removeAll { version in
          !held.contains(Held(contentID: id, product: product.name, version: version.name))
        }
        return product.versions.isEmpty ? nil : product
      }
      return file
    }
  }

  private struct Held: Hashable {
    var contentID: String
    var product: String
    var version: String
  }
}
