import Simplestreams
import Storage

/// All that is served at one moment: every path, and the blob behind it. Built beside the requests, then swapped in
/// whole, so that a request sees the old tree or the new one, never both.
final class TreeView: Sendable {
  struct Publication: Sendable {
    var path: PublicationPath
    var number: Int
    var tree: PublishedTree
    /// The file that upstream's signatures are verified with.
    var upstreamKeyring: String?
    let releases: [ReleaseSummary]

    init(path: PublicationPath, number: Int, tree: PublishedTree, upstreamKeyring: String? = nil) {
      self.upstreamKeyring = upstreamKeyring
      self.path = path
      self.number = number
      self.tree = tree
      releases = ReleaseSummary.all(of: tree.items)
    }
  }

  /// By `PathKey`.
  let entries: [String: Entry]
  /// By `PathKey`; the root is "".
  let folders: [String: Folder]
  let publications: [Publication]
  /// The public key of the newest locally signed publication.
  let keyring: Entry?
  /// What could not be read while this view was made, for the log and for /readyz.
  let troubles: [String]
  /// Publications that there should be, and that were never made.
  let absent: [PublicationPath]
  /// What is there, or should be, and could not be read yet, by `PathKey`.
  private let unread: [String]
  /// Whether it could not even be found out yet what is there.
  private let isBlind: Bool
  /// The pages that were made of this view.
  let pages = RenderedPages()

  /// - Parameter replaced: trees whose files must still be there, though nothing advertises them; later wins. An index that a
  ///   region read before the switch names documents as well as items.
  init(
    _ publications: [Publication], replaced: [PublishedTree], keyring: Entry?, troubles: [String] = [],
    unread: [String] = [], absent: [PublicationPath] = [], isBlind: Bool = false
  ) {
    self.absent = absent
    self.unread = unread.map { PathKey.of($0) }
    self.isBlind = isBlind
    self.publications = publications
    self.keyring = keyring
    self.troubles = troubles
    var shelves = Shelves()
    for tree in replaced {
      for file in tree.items { shelves.add(file, of: tree.path, isDocument: false) }
      for file in tree.documents { shelves.add(file, of: tree.path, isDocument: true) }
    }
    for publication in publications {
      for file in publication.tree.items { shelves.list(file, of: publication.path, isDocument: false) }
      for file in publication.tree.documents { shelves.list(file, of: publication.path, isDocument: true) }
    }
    for path in shelves.folders.keys { shelves.folders[path]?.sort() }
    entries = shelves.entries
    folders = shelves.folders
  }

  /// The file whose path is spelt like the target of a request, percent signs and all. Asked where the decoded path leads to
  /// nothing.
  func undecoded(_ target: String) -> Entry? { RequestTarget.undecoded(target).flatMap { entries[PathKey.of($0)] } }

  /// Whether a path may be one that is published, and cannot be told to be none.
  func mayHave(_ key: String) -> Bool { isBlind || unread.contains { key == $0 || key.hasPrefix("\($0)/") } }
}

extension TreeView {
  /// The view in the making.
  fileprivate struct Shelves {
    var entries: [String: Entry] = [:]
    var folders: [String: Folder] = ["": Folder(trail: [])]

    @discardableResult
    mutating func add(_ file: PublishedTree.File, of root: PublicationPath, isDocument: Bool) -> Entry {
      let key = PathKey.of("\(root)/\(file.path)")
      let entry = Entry(
        key: key, digest: file.sha256, size: file.size, modified: file.modified, isDocument: isDocument,
        zstd: isDocument ? file.zstd : nil, gzip: isDocument ? file.gzip : nil, type: MediaType.of(key),
        publication: root.string)
      entries[key] = entry
      return entry
    }

    mutating func list(_ file: PublishedTree.File, of root: PublicationPath, isDocument: Bool) {
      let entry = add(file, of: root, isDocument: isDocument)
      let trail = "\(root)/\(file.path)".split(separator: "/").map(String.init)
      let keys = trail.map { PathKey.of($0) }
      let version = trail.first { ImagePath.isVersion($0) }
      var folder = ""
      for depth in trail.indices {
        folders[folder, default: Folder(trail: Array(trail[..<depth]))].add(
          trail[depth], key: keys[depth], entry, isItself: depth == trail.count - 1, version: version)
        folder += folder.isEmpty ? keys[depth] : "/\(keys[depth])"
      }
    }
  }
}
