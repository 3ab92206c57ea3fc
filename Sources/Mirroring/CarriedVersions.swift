import Simplestreams
import Storage

/// The versions of the last snapshot that upstream no longer lists. Where their successors could not be had, they stay,
/// so that no product vanishes, or goes back, for a bad download.
struct CarriedVersions {
  private let items: [String: [Snapshot.Item]]
  private let documents: [Snapshot.Document]
  private let reader: SnapshotReader
  private let blobs: any BlobStore
  private var used: Set<Snapshot.Document> = []

  init(_ previous: Snapshot?, blobs: any BlobStore) {
    items = Dictionary(grouping: previous?.items ?? []) { "\($0.contentID) \($0.product)" }
    documents = ((previous?.documents ?? []) + (previous?.carried ?? [])).filter { $0.role == .products }
    reader = SnapshotReader(blobs: blobs)
    self.blobs = blobs
  }

  /// The newest whole versions of a product, at most `count`, that are not among those `listed`.
  mutating func take(
    _ count: Int, of product: String, in file: ContentID, listed: Set<String>
  ) throws -> [Snapshot.Item] {
    let held = Dictionary(grouping: items["\(file) \(product)"] ?? []) { $0.version }
    var taken: [Snapshot.Item] = []
    var left = count
    for version in held.keys.sorted(by: { $1.utf8.lexicographicallyPrecedes($0.utf8) }) where left > 0 {
      guard !listed.contains(version), let items = held[version],
        try items.allSatisfy({ try blobs.size(of: $0.sha256) == $0.size }),
        let document = documents.first(where: { lists(version, of: product, in: file, $0) })
      else { continue }
      used.insert(document)
      taken += items
      left -= 1
    }
    return taken
  }

  /// What the snapshot must name to be complete by itself; `nil` when that is nothing.
  var usedDocuments: [Snapshot.Document]? { used.isEmpty ? nil : documents.filter(used.contains) }

  private func lists(_ version: String, of product: String, in file: ContentID, _ document: Snapshot.Document) -> Bool {
    // A document that cannot be read lists nothing that could be published.
    guard document.contentID == file.string, let content = try? reader.content(of: document).content,
      case .products(let products) = content
    else { return false }
    return products.products.contains { $0.name == product && $0.versions.contains { $0.name == version } }
  }
}
