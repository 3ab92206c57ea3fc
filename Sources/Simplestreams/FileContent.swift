/// What is said of a file: its bytes, and how many they are. One hash with two sizes is two claims, of which one at most is
/// true.
package struct FileContent: Hashable, Sendable {
  package var sha256: SHA256Digest
  package var size: Int64

  package init(sha256: SHA256Digest, size: Int64) {
    self.sha256 = sha256
    self.size = size
  }
}

/// A file and where it lies in its tree.
package struct ListedFile: Hashable, Sendable {
  package var path: TreePath
  package var content: FileContent

  package init(path: TreePath, content: FileContent) {
    self.path = path
    self.content = content
  }
}

extension Item {
  package var content: FileContent? {
    guard let sha256, let size else { return nil }
    return FileContent(sha256: sha256, size: size)
  }

  package var listedFile: ListedFile? {
    guard let path, let content else { return nil }
    return ListedFile(path: path, content: content)
  }
}

extension Version {
  package var listedFiles: [ListedFile] { items.compactMap(\.listedFile) }

  /// The first item that cannot be what it says beside another one of this version: a path leads to one file, and a hash
  /// belongs to one size.
  package var contradiction: (item: String, reason: String)? {
    var paths: [TreePath: (item: String, content: FileContent)] = [:]
    var sizes: [SHA256Digest: (item: String, size: Int64)] = [:]
    for item in files {
      guard let (path, content) = item.listedFile.map({ ($0.path, $0.content) }) else { continue }
      if let other = paths[path], other.content != content {
        return (item.name, "its path \(path) is another file in item \(other.item)")
      }
      if let other = sizes[content.sha256], other.size != content.size {
        return (item.name, "its sha256 belongs to a file of another size in item \(other.item)")
      }
      paths[path] = (item.name, content)
      sizes[content.sha256] = (item.name, content.size)
    }
    return nil
  }
}
