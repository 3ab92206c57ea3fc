import Simplestreams
import Storage

/// What a tree that is served says of its products, cut down to the versions whose files it has, whole.
struct ServedProducts {
  /// The newest version of each product that its documents name.
  private(set) var newest: [String: String] = [:]
  private var standIns: [String: StandIn] = [:]

  init(_ tree: PublishedTree?, blobs: any BlobStore) throws {
    guard let tree else { return }
    let held = Set(
      tree.items.map { ListedFile(path: $0.path, content: FileContent(sha256: $0.sha256, size: $0.size)) })
    for document in tree.documents {
      let path = document.path.string
      guard path.hasPrefix("streams/v1/"), path.hasSuffix(".json"), !path.hasSuffix("/index.json") else { continue }
      // The tree names their hash. What is no products file names no products.
      let bytes = try blobs.read(document.sha256, limit: Int(DocumentFetcher.byteLimit))
      guard let file = try? ProductsFile(bytes) else { continue }
      let home = file.withoutProducts
      for var product in file.products {
        newest[product.name] = product.versions.last?.name
        product.versions = try product.versions.filter { version in
          try version.listedFiles.allSatisfy { file in
            try held.contains(file) && blobs.size(of: file.content.sha256) == file.content.size
          }
        }
        standIns[product.name] = .served(product, in: home)
      }
    }
  }

  /// What is served of a product, if its newest version is whole.
  func standIn(for product: String) -> StandIn? {
    guard let rest = rest(of: product), rest.newest == newest[product] else { return nil }
    return rest.standIn
  }

  /// What is left of a product as it is served, and the newest version of that; `nil` where no version is whole.
  func rest(of product: String) -> (standIn: StandIn, newest: String)? {
    guard case .served(let held, _)? = standIns[product], let newest = held.versions.last?.name else { return nil }
    return standIns[product].map { ($0, newest) }
  }
}
