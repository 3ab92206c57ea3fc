import Simplestreams
import Storage

/// The versions of the last snapshot that upstream no longer lists, or lists in a way that nobody can take them. Where
/// their successors could not be had, they stay, so that no product vanishes, or goes back, for a bad download or document.
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

  /// The newest whole versions of a product, at most `count`, without those that upstream lists as they should be.
  mutating func take(
    _ count: Int, of product: String, in file: ContentID, except listed: Set<String>
  ) throws -> [Snapshot.Item] {
    let held = Dictionary(grouping: items["\(file) \(product)"] ?? []) { $0.version }
    var taken: [Snapshot.Item] = []
    var left = count
    for version in held.keys.sorted(by: { $1.utf8.lexicographicallyPrecedes($0.utf8) }) where left > 0 {
      guard !listed.contains(version), let items = held[version],
        try items.allSatisfy({ try blobs.size(of: $0.sha256) == $0.size }),
        let document = documents.first(where: { lists(items, $0) })
      else { continue }
      used.insert(document)
      taken += items
      left -= 1
    }
    return taken
  }

  /// What the snapshot must name to be complete by itself; `nil` when that is nothing.
  var usedDocuments: [Snapshot.Document]? { used.isEmpty ? nil : documents.filter(used.contains) }

  /// Whether a document lists a version with exactly these files: a later one may have the same version with others.
  private func lists(_ items: [Snapshot.Item], _ document: Snapshot.Document) -> Bool {
    // A document that cannot be read lists nothing that could be published.
    guard let first = items.first, document.contentID == first.contentID,
      let content = try? reader.content(of: document).content, case .products(let file) = content
    else { return false }
    return file.products.filter { $0.name == first.product }.flatMap(\.versions).contains {
      $0.name == first.version && $0.fileDigests == items.fileDigests
    }
  }
}
