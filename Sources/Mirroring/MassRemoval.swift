import Catalog
package import Simplestreams
package import Storage

/// An upstream that suddenly lists far less than before: broken, or somebody's who wants the images gone. Signed or not,
/// it is held back until an operator says that it is meant.
///
/// Held against everything that upstream lists, and not against what is selected: a selection is the operator's to change.
package struct MassRemoval: Sendable, Equatable {
  /// The products of the last snapshot that upstream no longer lists at all.
  package var products: [String]
  package var productsBefore: Int
  /// How many of the last snapshot's versions have neither stayed nor been replaced.
  package var versions: Int
  package var versionsBefore: Int

  init(of previous: Snapshot, listed: [ProductsFile]) {
    let held = Dictionary(grouping: previous.items, by: \.product).mapValues { Set($0.map(\.version)).count }
    var offered: [String: Int] = [:]
    for product in listed.flatMap(\.products) { offered[product.name, default: 0] += product.versions.count }
    products = held.keys.filter { offered[$0, default: 0] == 0 }.sorted()
    productsBefore = held.count
    versions = held.reduce(0) { $0 + max(0, $1.value - offered[$1.key, default: 0]) }
    versionsBefore = held.values.reduce(0, +)
  }

  func exceeds(percent limit: Int) -> Bool {
    products.count * 100 > productsBefore * limit || versions * 100 > versionsBefore * limit
  }

  /// What holds a source back; `nil` when nothing does. Another tree than before may list whatever it likes.
  package static func held(
    _ source: Source, _ listed: [ProductsFile], previous: Snapshot?, settings: String?
  ) -> MassRemoval? {
    guard let previous, let settings, SettingsKeys(settings).isSameTree(as: SettingsKeys(source)) else { return nil }
    let removal = MassRemoval(of: previous, listed: listed)
    return removal.exceeds(percent: source.maxRemoval) ? removal : nil
  }
}

extension MassRemoval: CustomStringConvertible {
  package var description: String {
    "\(products.count) of \(productsBefore) products and \(versions) of \(versionsBefore) versions are gone"
  }

  /// The products by name, or the first of them.
  var list: String {
    let shown = products.prefix(20).map { "\n  gone       \($0)" }.joined()
    return products.count > 20 ? "\(shown)\n  … and \(products.count - 20) more" : shown
  }
}
