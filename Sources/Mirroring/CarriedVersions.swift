import Simplestreams
import Storage

/// The versions of the last snapshot that upstream no longer lists, or lists in a way that nobody can take them. Where
/// their successors could not be had, they stay, so that no product vanishes, or goes back, for a bad download or document.
struct CarriedVersions {
  private let held: [ProductKey: [String: [Snapshot.Item]]]
  private let documents: [Snapshot.Document]
  private let reader: SnapshotReader
  private let blobs: any BlobStore
  private var used: Set<Snapshot.Document> = []
  /// What each document says that was looked into.
  private var listings: [Snapshot.Document: [VersionKey: [String: ListedFile]]] = [:]

  init(_ previous: Snapshot?, blobs: any BlobStore) {
    held = Self.versions(of: previous)
    documents = ((previous?.documents ?? []) + (previous?.carried ?? [])).filter { $0.role == .products }
    reader = SnapshotReader(blobs: blobs)
    self.blobs = blobs
  }

  private static func versions(of snapshot: Snapshot?) -> [ProductKey: [String: [Snapshot.Item]]] {
    var held: [ProductKey: [String: [Snapshot.Item]]] = [:]
    for item in snapshot?.items ?? [] {
      guard let file = ContentID(item.contentID) else { continue }
      held[ProductKey(file, item.product), default: [:]][item.version, default: []].append(item)
    }
    return held
  }

  /// The newest whole versions of a product, at most `count`, without those that upstream lists as they should be, and
  /// without those whose paths have become other files.
  mutating func take(
    _ count: Int, of product: ProductKey, except listed: Set<String>, paths: inout PathClaims
  ) throws -> [[Snapshot.Item]] {
    var taken: [[Snapshot.Item]] = []
    let versions = held[product] ?? [:]
    for version in versions.keys.sorted(by: { $1.utf8.lexicographicallyPrecedes($0.utf8) }) where taken.count < count {
      guard !listed.contains(version), let items = versions[version],
        try items.allSatisfy({ try blobs.size(of: $0.sha256) == $0.size }),
        let document = documents.first(where: { lists(VersionKey(product, version), items, $0) }),
        paths.take(items.map(\.listedFile)) == nil
      else { continue }
      used.insert(document)
      taken.append(items)
    }
    return taken
  }

  /// What the snapshot must name to be complete by itself; `nil` when that is nothing.
  var usedDocuments: [Snapshot.Document]? { used.isEmpty ? nil : documents.filter(used.contains) }

  /// Whether a document lists a version with exactly these files, and so that MAAS takes it: a later one may have the same
  /// version with others, or have spoiled it.
  private mutating func lists(_ key: VersionKey, _ items: [Snapshot.Item], _ document: Snapshot.Document) -> Bool {
    guard document.contentID == key.product.file.string else { return false }
    if listings[document] == nil { listings[document] = sound(document) }
    return listings[document]?[key] == items.filesByItem
  }

  private func sound(_ document: Snapshot.Document) -> [VersionKey: [String: ListedFile]] {
    // A document that cannot be read lists nothing that could be published.
    guard let content = try? reader.content(of: document).content, case .products(let file) = content else {
      return [:]
    }
    var listing: [VersionKey: [String: ListedFile]] = [:]
    for product in file.products {
      let choice = VersionChoice(of: product, in: file, keep: .max)
      for version in choice.product?.versions ?? [] {
        listing[VersionKey(ProductKey(file.contentID, product.name), version.name)] = version.filesByItem
      }
    }
    return listing
  }
}
