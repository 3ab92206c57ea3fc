import Simplestreams

/// A product as a snapshot has it: the versions that it holds, from upstream's documents of now and from the carried ones.
/// Pure.
struct HeldProduct {
  /// `nil` when nothing of it is held.
  let product: Product?

  /// A product as one document has it.
  struct Listing {
    var product: Product
    /// What else the document says matters to whoever reads it; its products do not.
    var file: ProductsFile
  }

  /// - Parameters:
  ///   - listed: as upstream has it now. So it is described, unless MAAS would reject that.
  ///   - earlier: as the carried documents have it.
  init(_ listed: Listing, earlier: [Listing], isHeld: (Version) -> Bool) {
    var product = listed.product
    product.versions = product.versions.filter(isHeld)
    if !earlier.isEmpty {
      // The same version may be in several documents, and right in one of them only.
      var found: [String: Version] = [:]
      var isDescribed = false
      for candidate in [listed] + earlier {
        let violations = Gate.check(candidate.product, in: candidate.file)
        let isAccepted = !violations.contains { $0.version == nil }
        if isAccepted, !isDescribed {
          product.attributes = candidate.product.attributes
          isDescribed = true
        }
        let faulty = Set(violations.compactMap(\.version))
        for version in candidate.product.versions where found[version.name] == nil && !faulty.contains(version.name) {
          guard isHeld(version) else { continue }
          found[version.name] = version
        }
      }
      product.versions += found.values.filter { found in !product.versions.contains { $0.name == found.name } }
      product.versions = product.versions.map { found[$0.name] ?? $0 }
    }
    product.versions.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.product = product.versions.isEmpty ? nil : product
  }
}
