import Simplestreams
import Storage

/// Which versions of a product are taken: the newest that are whole, and that MAAS would accept. Pure.
///
/// What upstream lists wrongly takes no place: an older version that is right comes in its stead, so that there are as many
/// to go back to as the site wants.
struct VersionChoice {
  /// With the versions that are taken, oldest first; `nil` when MAAS would reject the product whatever its versions are.
  private(set) var product: Product?
  /// Newer than the oldest that is taken, but their files cannot be fetched and trusted.
  private(set) var missing: [Snapshot.Missing] = []
  /// Newer than the oldest that is taken, but no publication may offer them: MAAS would reject them, or upstream has put other
  /// bytes under their paths.
  private(set) var unfit: [Snapshot.Missing] = []

  init(of product: Product, in file: ProductsFile, keep: Int, rewritten: RewrittenPaths = .none) {
    let violations = Gate.check(product, in: file)
    let ofProduct = violations.filter { $0.version == nil }
    if !ofProduct.isEmpty {
      unfit = product.versions.suffix(keep).reversed().map { Self.missing($0, of: product, Self.text(ofProduct)) }
      return
    }
    let ofVersions = Dictionary(grouping: violations) { $0.version }
    var taken: [Version] = []
    for version in product.versions.reversed() where taken.count < keep {
      if let fault = version.fault {
        missing.append(Self.missing(version, of: product, "item \(fault.item): \(fault.reason)"))
      } else if let violations = ofVersions[version.name] {
        unfit.append(Self.missing(version, of: product, Self.text(violations)))
      } else if let fault = rewritten.fault(of: version) {
        unfit.append(Self.missing(version, of: product, fault))
      } else {
        taken.append(version)
      }
    }
    self.product = product
    self.product?.versions = taken.reversed()
  }

  private static func missing(_ version: Version, of product: Product, _ reason: String) -> Snapshot.Missing {
    .init(product: product.name, version: version.name, reason: reason)
  }

  /// An upstream can break a rule in each of many thousand items.
  private static func text(_ violations: [Gate.Violation]) -> String {
    let shown = violations.prefix(3).map { "\($0.item.map { "item \($0): " } ?? "")\($0.rule)" }
    let more = violations.count > shown.count ? ["and \(violations.count - shown.count) more"] : []
    return (shown + more).joined(separator: "; ")
  }
}
