package import Simplestreams
package import Transfer

/// Where an upstream tree is.
package struct TreeAddress: Sendable {
  /// The root of the tree, above `streams/`.
  package var root: RemoteURL
  package var index: IndexName

  package enum IndexName: Sendable, Equatable {
    /// `streams/v1/index.sjson`, or `index.json` where a tree has only that.
    case standard
    case named(TreePath)
  }

  /// Reads what `url` says: `https://host/tree/`, or `https://host/tree/streams/v1/other.sjson`.
  package init(_ url: String) throws(TransferError) {
    let (root, index) = Self.split(url)
    self.root = try RemoteURL(root)
    self.index = index
  }

  package init(root: RemoteURL, index: IndexName) {
    self.root = root
    self.index = index
  }

  static func split(_ url: String) -> (root: String, index: IndexName) {
    guard url.hasSuffix(".sjson") || url.hasSuffix(".json"), let start = url.range(of: "/streams/") else {
      return (url, .standard)
    }
    let file = String(url[url.index(after: start.lowerBound)...])
    // A name that is no path is left in the URL, where it will be answered with a 404 that names it.
    guard let path = try? TreePath(document: file) else { return (url, .standard) }
    return (String(url[...start.lowerBound]), .named(path))
  }
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
