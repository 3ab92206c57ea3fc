import Simplestreams
import Storage

/// Three hashes that say what stored knowledge of a source is still good for.
struct SettingsKeys: Equatable {
  /// The tree: rollback floors.
  var tree: String
  /// The tree and its keyring: documents that were verified.
  var trust: String
  /// The selection as well: what was taken.
  var selection: String

  init(_ source: Source) {
    tree = Self.hash(source.treeKey)
    trust = Self.hash(source.trustKey)
    selection = Self.hash(source.selectionKey)
  }

  /// Reads what `text` wrote; anything else matches nothing.
  init(_ text: String) {
    let parts = text.split(separator: " ").map(String.init)
    (tree, trust, selection) = parts.count == 3 ? (parts[0], parts[1], parts[2]) : ("", "", "")
  }

  /// What a rebuilt catalog has in the place of `text`.
  static let rebuilt = "rebuilt"

  var text: String { "\(tree) \(trust) \(selection)" }

  static func hash(_ text: String) -> String { String(SHA256Digest(hashing: text.utf8).hex.prefix(16)) }
}
