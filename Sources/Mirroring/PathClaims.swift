import Simplestreams

/// Which file each path of a tree is. Whoever took a path first keeps it, since a path that was served must not become another
/// file (invariant 1). Pure.
struct PathClaims {
  private(set) var contents: [TreePath: FileContent] = [:]

  /// Takes all of these paths, or none: then it returns the first that is another file already.
  mutating func take(_ files: [ListedFile]) -> TreePath? {
    if let taken = files.first(where: { contents[$0.path, default: $0.content] != $0.content }) { return taken.path }
    for file in files { contents[file.path] = file.content }
    return nil
  }
}
