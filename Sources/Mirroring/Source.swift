package import Simplestreams
package import Transfer

/// An upstream tree and what is wanted of it: one `[[source]]`, ready to use.
package struct Source: Sendable {
  package var name: String
  /// The root of the tree, above `streams/`.
  package var root: RemoteURL
  /// Where the index is, without its suffix when the source does not name a file.
  package var index: IndexName
  /// None for a source that is `unsigned`.
  package var keyring: SourceKeyring?
  package var selection: Selection
  /// Describes the selection; a change makes a sync look again.
  package var selectionKey: String
  package var connections: Int
  package var minFree: Int64
  /// Whether a publication serves upstream's documents, and so wants them in every form that upstream has.
  package var wantsAllForms: Bool

  package enum IndexName: Sendable, Equatable {
    /// `streams/v1/index.sjson`, or `index.json` where a tree has only that.
    case standard
    case named(TreePath)
  }

  package init(
    name: String, root: RemoteURL, index: IndexName, keyring: SourceKeyring?, selection: Selection,
    selectionKey: String, connections: Int, minFree: Int64, wantsAllForms: Bool = false
  ) {
    self.name = name
    self.root = root
    self.index = index
    self.keyring = keyring
    self.selection = selection
    self.selectionKey = selectionKey
    self.connections = connections
    self.minFree = minFree
    self.wantsAllForms = wantsAllForms
  }

  /// Splits what `url` says: `https://host/tree/`, or `https://host/tree/streams/v1/other.sjson`.
  package static func split(_ url: String) -> (root: String, index: IndexName) {
    guard url.hasSuffix(".sjson") || url.hasSuffix(".json"), let start = url.range(of: "/streams/") else {
      return (url, .standard)
    }
    let file = String(url[url.index(after: start.lowerBound)...])
    // A name that is no path is left in the URL, where it will be answered with a 404 that names it.
    guard let path = try? TreePath(document: file) else { return (url, .standard) }
    return (String(url[...start.lowerBound]), .named(path))
  }

  /// The address without credentials: which tree it is, for the rollback floor.
  var treeKey: String { root.description }
  /// What makes stored documents reusable: the same tree under the same trust.
  var trustKey: String { "\(root.description) \(index) \(keyring?.digest ?? "unsigned")" }
}

extension String {
  fileprivate func range(of needle: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}
