import Simplestreams
import Storage

/// All that is served at one moment: every path, and the blob behind it. Built beside the requests, then swapped in
/// whole, so that a request sees the old tree or the new one.
struct TreeView: Sendable {
  struct Entry: Sendable, Equatable {
    var digest: SHA256Digest
    var size: Int64
    /// Seconds since 1970.
    var modified: Int64
    var isDocument: Bool
    var zstd: PublishedTree.Packed?
  }

  struct Publication: Sendable {
    var path: PublicationPath
    var number: Int
    var tree: PublishedTree
  }

  /// From the path without its leading slash.
  private(set) var entries: [String: Entry] = [:]
  private(set) var folders: [String: Folder] = ["": Folder()]
  private(set) var publications: [Publication] = []
  /// The public key of the newest locally signed publication.
  private(set) var keyring: Entry?

  /// - Parameter replaced: trees whose files must still be there, though nothing advertises them any more.
  init(_ publications: [Publication], replaced: [PublishedTree], keyring: Entry?) {
    self.publications = publications
    self.keyring = keyring
    for tree in replaced {
      for file in tree.items { add(file, of: tree.path, isDocument: false, isListed: false) }
    }
    for publication in publications {
      for file in publication.tree.items { add(file, of: publication.path, isDocument: false, isListed: true) }
      for file in publication.tree.documents { add(file, of: publication.path, isDocument: true, isListed: true) }
    }
    for path in folders.keys { folders[path]?.sort() }
  }

  private mutating func add(_ file: PublishedTree.File, of root: PublicationPath, isDocument: Bool, isListed: Bool) {
    let path = "\(root)/\(file.path)"
    let entry = Entry(
      digest: file.sha256, size: file.size, modified: file.modified, isDocument: isDocument,
      zstd: isDocument ? file.zstd : nil)
    entries[path] = entry
    if isListed { list(path[...], .file(entry)) }
  }

  private mutating func list(_ path: Substring, _ child: Folder.Child) {
    let slash = path.lastIndex(of: "/")
    let parent = slash.map { path[..<$0] } ?? ""
    let name = String(slash.map { path[path.index(after: $0)...] } ?? path)
    let isNew = folders[String(parent)] == nil
    folders[String(parent), default: Folder()].children[name] = child
    if isNew { list(parent, .folder) }
  }
}

/// A folder as people see it.
struct Folder: Sendable {
  enum Child: Sendable, Equatable {
    case folder
    case file(TreeView.Entry)
  }

  var children: [String: Child] = [:]
  private(set) var sorted: [(name: String, child: Child)] = []

  mutating func sort() {
    sorted = children.map { ($0.key, $0.value) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
  }
}
