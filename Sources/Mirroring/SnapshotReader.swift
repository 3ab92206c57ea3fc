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
      verified: .acceptedBefore(payload, assurance: assurance), validators: Validators(), origin: nil, content: content)
  }

  /// The products files as upstream has them.
  func listed(by snapshot: Snapshot) throws -> [ProductsFile] {
    try snapshot.documents.compactMap { document in
      if case .products(let file) = try content(of: document).content { file } else { nil }
    }
  }

  /// The products files of a snapshot, cut down to the versions whose every file it holds. A carried version stands with
  /// its product as upstream has it now.
  package func products(of snapshot: Snapshot) throws -> [ProductsFile] {
    let held = Dictionary(grouping: snapshot.items) {
      Place(contentID: $0.contentID, product: $0.product, version: $0.version)
    }.mapValues(\.fileDigests)
    let entries = try snapshot.documents.filter { $0.role == .index }.flatMap { document in
      if case .index(let index) = try content(of: document).content { return index.entries }
      return []
    }
    let carried = try carriedVersions(in: snapshot)
    return try snapshot.documents.compactMap { document -> ProductsFile? in
      guard case .products(var file) = try content(of: document).content else { return nil }
      if file.datatype.isEmpty { file.datatype = entries.first { $0.contentID == file.contentID }?.datatype ?? "" }
      let id = file.contentID.string
      file.products = file.products.compactMap { product in
        var product = product
        var found: Set<String> = []
        // The same version may be in several documents, and right in one of them only.
        product.versions = (product.versions + (carried["\(id) \(product.name)"] ?? [])).filter { version in
          let place = Place(contentID: id, product: product.name, version: version.name)
          return held[place] == version.fileDigests && found.insert(version.name).inserted
        }
        product.versions.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return product.versions.isEmpty ? nil : product
      }
      return file
    }
  }

  /// Versions by content id and product.
  private func carriedVersions(in snapshot: Snapshot) throws -> [String: [Version]] {
    var versions: [String: [Version]] = [:]
    for document in snapshot.carried ?? [] {
      guard case .products(let file) = try content(of: document).content else { continue }
      for product in file.products { versions["\(file.contentID) \(product.name)", default: []] += product.versions }
    }
    return versions
  }

  private struct Place: Hashable {
    var contentID: String
    var product: String
    var version: String
  }
}

extension Version {
  /// Which bytes each of its files is.
  var fileDigests: [String: SHA256Digest] {
    Dictionary(files.compactMap { item in item.sha256.map { (item.name, $0) } }) { first, _ in first }
  }
}

extension [Snapshot.Item] {
  /// The same of the items of one version.
  var fileDigests: [String: SHA256Digest] { Dictionary(map { ($0.item, $0.sha256) }) { first, _ in first } }
}
