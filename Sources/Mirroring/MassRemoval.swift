import Catalog
package import Simplestreams
package import Storage

/// An upstream that suddenly lists far less than before: broken, or somebody's who wants the images gone. Signed or not,
/// it is held back until an operator says that it is meant.
///
/// Held against everything that upstream lists, since a selection is the operator's to change; and where that was not changed,
/// against what is selected as well: who gives a product another architecture takes it away like one who removes it.
package struct MassRemoval: Sendable, Equatable {
  /// The products of the last snapshot that upstream no longer lists at all.
  package var products: [String]
  package var productsBefore: Int
  /// How many of the last snapshot's versions have neither stayed nor been replaced.
  package var versions: Int
  package var versionsBefore: Int
  /// Whether all of it may be listed, and is no longer what the selection takes.
  package var isOfSelection = false

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
    guard let previous, let settings else { return nil }
    let (before, now) = (SettingsKeys(settings), SettingsKeys(source))
    guard before.isSameTree(as: now) else { return nil }
    let removal = MassRemoval(of: previous, listed: listed)
    if removal.exceeds(percent: source.maxRemoval) { return removal }
    guard before.selection == now.selection else { return nil }
    var selected = MassRemoval(of: previous, listed: source.selection.apply(to: listed))
    selected.isOfSelection = true
    return selected.exceeds(percent: source.maxRemoval) ? selected : nil
  }
}

extension MassRemoval: CustomStringConvertible {
  package var description: String {
    "\(products.count) of \(productsBefore) products and \(versions) of \(versionsBefore) versions "
      + (isOfSelection ? "are no longer what is selected" : "are gone")
  }

  /// The products by name, or the first of them.
  var list: String {
    let shown = products.prefix(20).map { "\n  gone       \($0)" }.joined()
    return products.count > 20 ? "\(shown)\n  … and \(products.count - 20) more" : shown
  }
}
