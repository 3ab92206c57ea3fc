import Simplestreams
import Storage

/// All that is served at one moment: every path, and the blob behind it. Built beside the requests, then swapped in
/// whole, so that a request sees the old tree or the new one, never both.
struct TreeView: Sendable {
  struct Entry: Sendable, Equatable {
    var digest: SHA256Digest
    var size: Int64
    /// Seconds since 1970.
    var modified: Int64
    var isDocument: Bool
    var zstd: PublishedTree.Packed?
    var gzip: PublishedTree.Packed?

    /// The form of it in a coding, if there is one.
    subscript(coding: ContentCoding) -> PublishedTree.Packed? {
      switch coding {
      case .zstd: zstd
      case .gzip: gzip
      }
    }
  }

  struct Publication: Sendable {
    var path: PublicationPath
    var number: Int
    var tree: PublishedTree
    let releases: [ReleaseSummary]

    init(path: PublicationPath, number: Int, tree: PublishedTree) {
      self.path = path
      self.number = number
      self.tree = tree
      releases = ReleaseSummary.all(of: tree.items)
    }
  }

  /// By `PathKey`.
  private(set) var entries: [String: Entry] = [:]
  /// By `PathKey`; the root is "".
  private(set) var folders: [String: Folder] = ["": Folder(trail: [])]
  let publications: [Publication]
  /// The public key of the newest locally signed publication.
  let keyring: Entry?
  /// What could not be read while this view was made, for the log and for /readyz.
  let troubles: [String]
  /// The pages that were made of this view.
  let pages = RenderedPages()

  /// - Parameter replaced: trees whose items must still be there, though nothing advertises them; later wins.
  init(_ publications: [Publication], replaced: [PublishedTree], keyring: Entry?, troubles: [String] = []) {
    self.publications = publications
    self.keyring = keyring
    self.troubles = troubles
    for tree in replaced {
      for file in tree.items { add(file, of: tree.path, isDocument: false) }
    }
    for publication in publications {
      for file in publication.tree.items { list(file, of: publication.path, isDocument: false) }
      for file in publication.tree.documents { list(file, of: publication.path, isDocument: true) }
    }
    for path in folders.keys { folders[path]?.sort() }
  }

  @discardableResult
  private mutating func add(_ file: PublishedTree.File, of root: PublicationPath, isDocument: Bool) -> Entry {
    let entry = Entry(
      digest: file.sha256, size: file.size, modified: file.modified, isDocument: isDocument,
      zstd: isDocument ? file.zstd : nil, gzip: isDocument ? file.gzip : nil)
    entries[PathKey.of("\(root)/\(file.path)")] = entry
    return entry
  }

  private mutating func list(_ file: PublishedTree.File, of root: PublicationPath, isDocument: Bool) {
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
