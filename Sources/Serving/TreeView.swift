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
  }

  struct Publication: Sendable {
    var path: PublicationPath
    var number: Int
    var tree: PublishedTree
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
      zstd: isDocument ? file.zstd : nil)
    entries[PathKey.of("\(root)/\(file.path)")] = entry
    return entry
  }

  private mutating func list(_ file: PublishedTree.File, of root: PublicationPath, isDocument: Bool) {
    let entry = add(file, of: root, isDocument: isDocument)
    put("\(root)/\(file.path)".split(separator: "/").map(String.init), file: entry)
  }

  private mutating func put(_ trail: [String], file: Entry?) {
    let parent = Array(trail.dropLast())
    let key = PathKey.of(parent.joined(separator: "/"))
    let isNew = folders[key] == nil
    folders[key, default: Folder(trail: parent)].add(trail[trail.count - 1], file: file)
    if isNew { put(parent, file: nil) }
  }
}
