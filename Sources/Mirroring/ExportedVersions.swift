package import Storage
import Simplestreams

/// What a bundle can hold of what its documents list. What the mirror that wrote it did not select is neither missing nor gone; it
/// was never meant to come along.
///
/// The bundle's list is nobody's word, so it takes nothing away: of a product that it names, every version from the oldest that it
/// names on is meant to be there, since a mirror takes the newest ones; and what is here already stays offered.
package struct ExportedVersions: Sendable {
  private let oldest: [String: String]

  package init(_ snapshot: Snapshot) {
    var oldest: [String: String] = [:]
    func name(_ product: String, _ version: String) {
      guard let known = oldest[product], !version.utf8.lexicographicallyPrecedes(known.utf8) else {
        oldest[product] = version
        return
      }
    }
    for item in snapshot.items { name(item.product, item.version) }
    for version in snapshot.missing + (snapshot.unfit ?? []) { name(version.product, version.version) }
    self.oldest = oldest
  }

  /// - Parameter held: what is here already.
  func limit(_ files: [ProductsFile], besides held: Set<VersionKey>) -> [ProductsFile] {
    files.map { file in
      var limited = file
      limited.products = file.products.compactMap { product in
        var product = product
        let key = ProductKey(file.contentID, product.name)
        let first = oldest[product.name]
        product.versions = product.versions.filter { version in
          first.map { !version.name.utf8.lexicographicallyPrecedes($0.utf8) } ?? false
            || held.contains(VersionKey(key, version.name))
        }
        return product.versions.isEmpty ? nil : product
      }
      return limited
    }
  }

  /// The products that are here and not in the bundle, although they are still listed.
  func passedOver(_ files: [ProductsFile]) -> [String] {
    files.flatMap(\.products).map(\.name).filter { oldest[$0] == nil }
  }
}
