package import Catalog
package import Simplestreams
package import Storage

/// Which versions of which products the files of a published tree belong to, as the tree's snapshots say.
package struct PublishedImages: Sendable {
  package let versions: [ImageVersion]
  /// By file: where in `versions` it is used.
  private let uses: [SHA256Digest: [Int]]

  /// - Parameter snapshots: those of `tree.sources` that there still are, in the same order.
  package init(_ tree: PublishedTree, _ snapshots: [Snapshot]) {
    let files = Dictionary(tree.items.map { ($0.path, $0.sha256) }) { first, _ in first }
    var found: [String: ImageVersion] = [:]
    var order: [String] = []
    var owners: [String: Int] = [:]
    for (number, snapshot) in snapshots.enumerated() {
      for item in snapshot.items where files[item.path] == item.sha256 {
        // Of a product that several sources have, the first one's is published.
        guard owners[item.product, default: number] == number else { continue }
        owners[item.product] = number
        let key = "\(item.product) \(item.version)"
        if found[key] == nil {
          found[key] = ImageVersion(item)
          order.append(key)
        }
        found[key]?.files.insert(item.sha256)
      }
    }
    versions = order.compactMap { found[$0] }
    uses = versions.enumerated().reduce(into: [:]) { uses, version in
      for file in version.element.files { uses[file, default: []].append(version.offset) }
    }
  }

  /// Blocks on the disk. Without a snapshot that is gone or damaged, its images are unknown.
  package init(_ tree: PublishedTree, from store: SnapshotStore) {
    self.init(tree, tree.sources.compactMap { try? store.load($0.snapshot) })
  }

  package func versions(with file: SHA256Digest) -> [ImageVersion] { (uses[file] ?? []).map { versions[$0] } }

  /// The version of each product that regions take: the last in C order.
  package var newest: [String: ImageVersion] {
    Dictionary(versions.map { ($0.product, $0) }) { first, second in
      first.version.utf8.lexicographicallyPrecedes(second.version.utf8) ? second : first
    }
  }
}

extension ImageVersion {
  fileprivate init(_ item: Snapshot.Item) {
    let path = ImagePath(item.path.string)
    self.init(
      product: item.product, version: item.version, release: path?.release ?? item.product,
      architecture: path?.architecture ?? "", files: [])
  }
}
