import Simplestreams
import Storage

/// A region takes the newest version it sees, also when that is older than the one it has. So a product must not fall back
/// for a reason that is not upstream's wish (a download that failed, a version that the gate left out) while upstream still
/// lists what was served. Where upstream itself withdrew a version, going back is what upstream wants. Pure.
struct Downgrade {
  private let served: [String: String]
  private let missed: [String: String]

  /// - Parameter served: the newest version of each product that is served now.
  init(served: [String: String], _ snapshots: [Snapshot], leftOut: [Gate.Violation]) {
    self.served = served
    // Only versions that upstream lists and the snapshot or the gate left out can be the reason.
    missed = Dictionary(
      snapshots.flatMap { $0.missing + ($0.unfit ?? []) }.map { ($0.product, $0.version) }
        + leftOut.compactMap { violation in
          // A product that is at fault is so with all its versions.
          violation.product.map { ($0, violation.version ?? served[$0] ?? "") }
        }, uniquingKeysWith: max)
  }

  /// The products that would go back, with the version that is served of each.
  func products(in files: [ProductsFile]) -> [String: String] {
    let next = Dictionary(
      files.flatMap(\.products).map { ($0.name, $0.versions.last?.name ?? "") }
    ) { first, _ in first }
    return served.filter { product, served in
      guard let missed = missed[product], !missed.utf8.lexicographicallyPrecedes(served.utf8) else { return false }
      return (next[product] ?? "").utf8.lexicographicallyPrecedes(served.utf8)
    }
  }
}
