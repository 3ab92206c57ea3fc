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
      payload: .stored(document.payload, in: blobs), assurance: assurance, goodUntil: nil, validators: Validators(),
      origin: nil, content: content)
  }

  /// The products files as upstream has them.
  func listed(by snapshot: Snapshot) throws -> [ProductsFile] {
    try snapshot.documents.compactMap { document in
      if case .products(let file) = try content(of: document).content { file } else { nil }
    }
  }

  /// The products files of a snapshot, cut down to the versions whose every file it holds.
  package func products(of snapshot: Snapshot) throws -> [ProductsFile] {
    let held = HeldVersions(snapshot)
    let entries = try snapshot.documents.filter { $0.role == .index }.flatMap { document in
      if case .index(let index) = try content(of: document).content { return index.entries }
      return []
    }
    let carried = try carriedProducts(in: snapshot, held: held)
    return try snapshot.documents.compactMap { document -> ProductsFile? in
      guard case .products(var file) = try content(of: document).content else { return nil }
      let id = file.contentID
      let listed = entries.first { $0.contentID == id }?.datatype ?? ""
      if file.datatype.isEmpty { file.datatype = listed }
      let frame = file.withoutProducts
      file.products = file.products.compactMap { product in
        let key = ProductKey(id, product.name)
        return HeldProduct(.init(product: product, file: frame), earlier: carried[key] ?? []) { version in
          held.hold(version, of: key)
        }.product
      }
      // What was carried over is from a file that said what the index says of this one too.
      if Gate.fault(of: file) != nil, file.products.contains(where: { carried[ProductKey(id, $0.name)] != nil }) {
        file.datatype = listed
      }
      return file
    }
  }

  /// Products as the carried documents have them, as far as their versions are held. One document after the other: together they
  /// are as large as upstream likes.
  private func carriedProducts(
    in snapshot: Snapshot, held: HeldVersions
  ) throws -> [ProductKey: [HeldProduct.Listing]] {
    var products: [ProductKey: [HeldProduct.Listing]] = [:]
    for document in snapshot.carried ?? [] {
      guard case .products(let file) = try content(of: document).content else { continue }
      let frame = file.withoutProducts
      for var product in file.products {
        let key = ProductKey(file.contentID, product.name)
        product.versions.removeAll { !held.hold($0, of: key) }
        if !product.versions.isEmpty { products[key, default: []].append(.init(product: product, file: frame)) }
      }
    }
    return products
  }
}

extension Version {
  /// Where each of its files lies, and what it is.
  var filesByItem: [String: ListedFile] {
    Dictionary(items.compactMap { item in item.listedFile.map { (item.name, $0) } }) { first, _ in first }
  }
}

extension Snapshot.Item {
  var listedFile: ListedFile { ListedFile(path: path, content: FileContent(sha256: sha256, size: size)) }
}

extension Sequence<Snapshot.Item> {
  /// The same of the items of one version.
  var filesByItem: [String: ListedFile] { Dictionary(map { ($0.item, $0.listedFile) }) { first, _ in first } }
}
