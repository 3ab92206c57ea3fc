package import Simplestreams
package import Transfer

/// An upstream tree and what is wanted of it: one `[[source]]`, ready to use.
package struct Source: Sendable {
  package var name: String
  /// Where the tree is. A mirror of the same signed tree is as good as the original, so there may be several; they are
  /// asked in this order. Empty for one that comes in bundles alone.
  package var addresses: [TreeAddress]
  /// None for a source that is `unsigned`.
  package var keyring: SourceKeyring?
  package var selection: Selection
  /// Describes the selection; a change makes a sync look again.
  package var selectionKey: String
  package var connections: Int
  package var minFree: Int64
  /// Whether a publication serves upstream's documents, and so wants them in every form that upstream has.
  package var wantsAllForms: Bool
  /// The share of the last snapshot, in percent, above which a removal is held back.
  package var maxRemoval = 100
  /// Which tree it is, where its addresses do not say that: a bundle may be mounted anywhere.
  private(set) var identity: [String]?
  /// Seconds after which an index that does not move is warned of; 0 for never.
  package var maxAge: Int64 = 0

  package init(
    name: String, addresses: [TreeAddress], keyring: SourceKeyring?, selection: Selection,
    selectionKey: String, connections: Int, minFree: Int64, wantsAllForms: Bool = false
  ) {
    self.name = name
    self.addresses = addresses
    self.keyring = keyring
    self.selection = selection
    self.selectionKey = selectionKey
    self.connections = connections
    self.minFree = minFree
    self.wantsAllForms = wantsAllForms
  }

  /// The roots to fetch files from: any may deliver any file, as a file is known by its hash. Those that were passed over
  /// before the documents were found come last.
  func roots(startingWith first: RemoteURL) -> [RemoteURL] {
    let roots = addresses.map(\.root)
    let start = roots.firstIndex(of: first) ?? 0
    return Array(roots[start...] + roots[..<start])
  }

  /// The same source, read from a bundle. How its index is called is not for the bundle to say: an old one under another name would
  /// be older than nothing.
  package func carried(at root: RemoteURL) -> Source {
    var source = self
    source.identity = treeKeys
    // What a bundle does not hold was not looked for: for the next sync nothing is complete.
    source.selectionKey += " carried"
    source.addresses = [TreeAddress(root: root, index: addresses.first?.index ?? .standard)]
    return source
  }

  /// The addresses without credentials: which tree it is, for the rollback floors.
  var treeKeys: [String] {
    identity ?? (addresses.isEmpty ? [SettingsKeys.carried] : addresses.map(\.root.description))
  }
  /// What makes stored documents of the same tree reusable: the same trust.
  var trustKey: String { "\(addresses.map { "\($0.index)" }) \(keyring?.digest ?? "unsigned")" }
}
