package import Simplestreams
import Storage

/// A locally signed tree before it is signed: what each products file will say, and which blob is behind each path.
/// Pure: from snapshots to documents.
package struct Composition: Sendable {
  package struct Blob: Sendable, Hashable {
    package var sha256: SHA256Digest
    package var size: Int64
  }

  /// One kind each, in C order of their ids.
  package var files: [ProductsFile]
  package var items: [TreePath: Blob]
  /// What the gate left out, by name.
  package var leftOut: [Gate.Violation]
  /// What the operator should know.
  package var notes: [String]

  /// - Parameter sources: in the order of the publication; where two name the same product, the first one's is taken.
  package init(
    _ sources: [(name: String, files: [ProductsFile])]
  ) throws(MirrorError) {
    let joined = JoinedSources(sources)
    notes = joined.notes
    leftOut = []
    files = []
    var ids = Set(joined.files.map(\.contentID))
    for file in joined.files { files += Self.split(Self.sieve(file, leftOut: &leftOut), besides: &ids) }
    files.sort { $0.contentID < $1.contentID }
    items = [:]
    var owners: [TreePath: String] = [:]
    for product in files.lazy.flatMap(\.products) {
      for item in product.versions.lazy.flatMap(\.files) {
        guard let path = item.path, let digest = item.sha256, let size = item.size else { continue }
        let blob = Blob(sha256: digest, size: size)
        if let other = items[path], other != blob {
          throw .twoFiles(path: path, first: owners[path] ?? "", second: product.name)
        }
        items[path] = blob
        owners[path] = product.name
      }
    }
  }

  /// Leaves out the versions and products that MAAS would reject. One bad version must not cost a region its source.
  private static func sieve(_ file: ProductsFile, leftOut: inout [Gate.Violation]) -> ProductsFile {
    var file = file
    file.products = file.products.compactMap { product in
      let violations = Gate.check(product, contentID: file.contentID.string)
      leftOut += violations
      if violations.contains(where: { $0.version == nil }) { return nil }
      var product = product
      let faulty = Set(violations.compactMap(\.version))
      product.versions.removeAll { faulty.contains($0.name) }
      return product.versions.isEmpty ? nil : product
    }
    return file
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
