/// A folder as people see it.
struct Folder: Sendable {
  struct Child: Sendable {
    var name: String
    /// `nil` for a folder.
    var file: TreeView.Entry?
    /// Of all that is in it; of a file, of itself.
    var totals: FileTotals
  }

  /// The names of the folders that lead here, and its own.
  let trail: [String]
  /// By `PathKey`.
  private var children: [String: Child] = [:]
  private(set) var sorted: [Child] = []

  init(trail: [String]) { self.trail = trail }

  /// Its `PathKey`.
  var path: String { PathKey.of(trail.joined(separator: "/")) }

  /// Counts a file that is this child, or lies in it.
  mutating func add(_ name: String, key: String, _ file: TreeView.Entry, isItself: Bool, version: String?) {
    let child = Child(name: name, file: isItself ? file : nil, totals: FileTotals())
    children[key, default: child].totals.add(size: file.size, modified: file.modified, version: version)
  }

  /// C order, as the versions of a product are ordered.
  mutating func sort() {
    sorted = children.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    children = [:]
  }
}
