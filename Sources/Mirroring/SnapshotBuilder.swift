import Simplestreams
import Storage

extension Snapshot {
  /// Whether the same versions are missing, for whatever reasons: a server fails in one way now and in another then.
  func lacks(whatLacked previous: Snapshot) -> Bool {
    missing.map { [$0.product, $0.version] } == previous.missing.map { [$0.product, $0.version] }
  }
}

/// From what was planned and what was had to a snapshot: whole versions only.
struct SnapshotBuilder {
  let source: Source
  let upstream: Upstream
  let documents: [Snapshot.Document]
  let plan: Plan
  let failures: [SHA256Digest: String]
  let blobs: any BlobStore

  func build(after previous: Snapshot?, created: Int64) throws -> Snapshot {
    var items: [Snapshot.Item] = []
    var missing = plan.missing
    var carried = CarriedVersions(previous, blobs: blobs)
    for file in plan.selected {
      for product in file.products {
        var taken = 0
        for version in product.versions {
          if let reason = failure(of: version) {
            missing.append(.init(product: product.name, version: version.name, reason: reason))
          } else {
            items += self.items(of: version, product: product.name, in: file.contentID)
            taken += 1
          }
        }
        let lacking = product.versions.count - taken + plan.shortfall(of: product, keep: source.selection.keep)
        if lacking > 0 {
          items += try fallback(for: product, in: file.contentID, count: lacking, carried: &carried)
        }
      }
    }
    return Snapshot(
      source: source.name, sequence: (previous?.sequence ?? 0) + 1, created: created, documents: documents,
      items: items, missing: missing, carried: carried.usedDocuments, unfit: plan.unfit.isEmpty ? nil : plan.unfit)
  }

  private func failure(of version: Version) -> String? {
    for item in version.files {
      guard let digest = item.sha256, let reason = failures[digest] else { continue }
      return "item \(item.name): \(reason)"
    }
    return nil
  }

  /// Where a new version could not be had, older ones that the store has whole stay: those of the last snapshot that
  /// upstream replaced or spoiled since, then those that it still lists.
  private func fallback(
    for product: Product, in file: ContentID, count: Int, carried: inout CarriedVersions
  ) throws -> [Snapshot.Item] {
    let listed = upstream.products.first { $0.contentID == file }?.products.first { $0.name == product.name }
    // All that could be taken, and so neither what upstream withdrew nor what it lists wrongly.
    let usable = listed.flatMap { VersionChoice(of: $0, in: file, keep: .max).product?.versions } ?? []
    let oldest = product.versions.first?.name
    let older = usable.filter { version in
      oldest.map { version.name.utf8.lexicographicallyPrecedes($0.utf8) } ?? false
    }
    var items = try carried.take(count, of: product.name, in: file, except: Set(usable.map(\.name)))
    var left = count - Set(items.map(\.version)).count
    for version in older.reversed() where left > 0 {
      let whole = try version.files.allSatisfy { item in
        guard let digest = item.sha256 else { return false }
        return try blobs.size(of: digest) == item.size
      }
      guard whole else { continue }
      items += self.items(of: version, product: product.name, in: file)
      left -= 1
    }
    return items
  }

  private func items(of version: Version, product: String, in file: ContentID) -> [Snapshot.Item] {
    version.files.compactMap { item in
      guard let path = item.path, let digest = item.sha256, let size = item.size else { return nil }
      return Snapshot.Item(
        contentID: file.string, product: product, version: version.name, item: item.name, path: path, sha256: digest,
        size: size)
    }
  }
}
