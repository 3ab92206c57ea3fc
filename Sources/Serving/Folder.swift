/// A folder as people see it.
struct Folder: Sendable {
  struct Child: Sendable {
    var name: String
    /// `nil` for a folder.
    var file: TreeView.Entry?
  }

  /// The names of the folders that lead here, and its own.
  let trail: [String]
  /// By `PathKey`.
  private var children: [String: Child] = [:]
  private(set) var sorted: [Child] = []

  init(trail: [String]) { self.trail = trail }

  mutating func add(_ name: String, file: TreeView.Entry?) {
    children[PathKey.of(name)] = Child(name: name, file: file)
  }

  /// C order, as the versions of a product are ordered.
  mutating func sort() {
    sorted = children.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    children = [:]
  }
}
