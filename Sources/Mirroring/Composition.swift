package import Simplestreams
import Storage

/// A locally signed tree before it is signed: what each products file will say, and which file is behind each path.
/// Pure: from snapshots to documents.
package struct Composition: Sendable {
  /// One kind each, in C order of their ids.
  package private(set) var files: [ProductsFile] = []
  package private(set) var items: [TreePath: FileContent] = [:]
  /// What cannot be in the tree, by name.
  package private(set) var leftOut: [Gate.Violation] = []
  /// What the operator should know.
  package var notes: [String]
  let promised: PromisedPaths

  /// - Parameters:
  ///   - sources: in the order of the publication; where two name the same product, the first one's is taken.
  ///   - standIns: what is published of a product in the place of what the sources have.
  ///   - promised: what regions may still fetch of the trees that were served.
  package init(
    _ sources: [(name: String, files: [ProductsFile])], standIns: [String: StandIn] = [:],
    promised: PromisedPaths = PromisedPaths()
  ) {
    self.promised = promised
    let joined = JoinedSources(sources)
    notes = joined.notes
    let placed = StandIn.place(standIns, in: joined.files)
    var listed = placed.enumerated().flatMap { position, file in
      file.products.map { product in
        (position, product, rank: joined.ranks[product.name] ?? .max)
      }
    }
    // A source gives way to those that stand before it, whatever its documents are called. The sort is stable.
    listed.sort { $0.rank < $1.rank }
    var paths = PathClaims()
    var kept = placed.map { _ in [String: Product]() }
    for (position, product, _) in listed {
      if standIns[product.name] == nil, let rule = joined.faults[product.name] {
        leftOut.append(.init(contentID: placed[position].contentID.string, product: product.name, rule: rule))
        continue
      }
      kept[position][product.name] = sieve(product, in: placed[position].contentID.string, &paths)
    }
    var ids = Set(placed.map(\.contentID))
    for (var file, kept) in zip(placed, kept) {
      file.products = file.products.compactMap { kept[$0.name] }
      files += Self.split(file, besides: &ids)
    }
    files.sort { $0.contentID < $1.contentID }
    items = paths.contents
  }

  /// Leaves out the versions and products that MAAS would reject, and those with a path that is another file already. One bad
  /// version must not cost a region its source.
  private mutating func sieve(_ product: Product, in id: String, _ paths: inout PathClaims) -> Product? {
    let violations = Gate.check(product, contentID: id)
    leftOut += violations
    if violations.contains(where: { $0.version == nil }) { return nil }
    var product = product.withoutUnverifiedHashes
    let faulty = Set(violations.compactMap(\.version))
    product.versions.removeAll { version in
      if faulty.contains(version.name) { return true }
      let rule: String
      if let path = promised.broken(by: version.listedFiles) {
        rule = "\(path) was served as another file, which regions may still fetch"
      } else if let path = paths.take(version.listedFiles) {
        rule = "\(path) is another file in a product that stands before it"
      } else {
        return false
      }
      leftOut.append(.init(contentID: id, product: product.name, version: version.name, rule: rule))
      return true
    }
    return product.versions.isEmpty ? nil : product
  }

  /// One kind per products file. The kind that comes first keeps the id, and the others get one that no file has.
  private static func split(_ file: ProductsFile, besides ids: inout Set<ContentID>) -> [ProductsFile] {
    let kinds = Dictionary(grouping: file.products) { ImageKind($0) }
    return ImageKind.allCases.filter { kinds[$0] != nil }.enumerated().map { position, kind in
      var part = file
      part.products = kinds[kind] ?? []
      if position > 0 { part.contentID = file.contentID.extended(by: kind.rawValue, besides: ids) }
      ids.insert(part.contentID)
      return part
    }
  }
}
