package import Simplestreams

/// Whether a products file is of the same state of upstream as the index that lists it.
///
/// The index of a tree does not hash its products files, so both can be validly signed and never have stood together: the
/// mix-and-match attack, or a sync in the middle of a change. What they say of each other is all there is to go by. Upstream
/// copies a file's `updated` and the names of its products into the index; where a file was written anew since, with the same
/// products, nothing is lost by taking it.
package enum Belonging {
  package enum Fault: Hashable, Sendable {
    /// The index knows of a newer one.
    case older(file: Timestamp, listed: Timestamp)
    /// They do not list the same products, and are not of the same time; one product as an example.
    case otherProducts(String)
  }

  /// Seconds by which a signer that stamps the index after its files may be apart.
  static let tolerance: Int64 = 900

  static func fault(of file: ProductsFile, listedAs entry: StreamIndex.Entry) -> Fault? {
    if let updated = file.updated, let listed = entry.updated, updated.seconds < listed.seconds - tolerance {
      return .older(file: updated, listed: listed)
    }
    // An index need not list products, and what one signer says at one time it may word as it likes.
    if entry.products.isEmpty || file.updated != nil && file.updated == entry.updated { return nil }
    let differing = Set(entry.products).symmetricDifference(file.products.map(\.name))
    return differing.min().map { .otherProducts($0) }
  }
}
