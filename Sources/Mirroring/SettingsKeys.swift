import Simplestreams
import Storage

/// Three hashes that say what stored knowledge of a source is still good for.
struct SettingsKeys: Equatable {
  /// The tree, by each of its addresses: rollback floors.
  var tree: [String]
  /// Its index and keyring: documents that were verified.
  var trust: String
  /// The selection as well: what was taken.
  var selection: String

  init(_ source: Source) {
    tree = source.treeKeys.map(Self.hash)
    trust = Self.hash(source.trustKey)
    selection = Self.hash(source.selectionKey)
  }

  /// Reads what `text` wrote; anything else matches nothing.
  init(_ text: String) {
    let parts = text.split(separator: " ").map(String.init)
    guard parts.count == 3 else {
      (tree, trust, selection) = ([], "", "")
      return
    }
    (tree, trust, selection) = (parts[0].split(separator: "+").map(String.init), parts[1], parts[2])
  }

  /// What a rebuilt catalog has in the place of `text`.
  static let rebuilt = "rebuilt"

  var text: String { "\(treeText) \(trust) \(selection)" }

  private var treeText: String { tree.joined(separator: "+") }

  /// After the loss of the catalog the rollback floors hold on, but nothing is taken as verified or complete.
  var afterLoss: String { "\(treeText) rebuilt rebuilt" }

  /// All addresses of a source are one tree, so one that stays is enough: who adds a mirror of the tree, or takes one
  /// away, must not lose what protects from a rollback.
  ///
  /// A source that is carried has no address; it is the same tree as long as the same signer is trusted.
  func isSameTree(as other: SettingsKeys) -> Bool {
    if !Set(tree).isDisjoint(with: other.tree) { return true }
    let carried = [Self.hash(Self.carried)]
    return (tree == carried || other.tree == carried) && trust == other.trust
  }

  /// In the place of addresses.
  static let carried = "carried"

  static func hash(_ text: String) -> String { String(SHA256Digest(hashing: text.utf8).hex.prefix(16)) }
}
