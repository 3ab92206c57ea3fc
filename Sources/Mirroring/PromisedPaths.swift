import Simplestreams
package import Storage

/// Which file each path is in the trees that regions may still read: the one that is served, and those that it replaced
/// within the grace period (invariant 1). Pure.
package struct PromisedPaths: Sendable {
  private var files: [TreePath: Set<SHA256Digest>] = [:]

  package init(_ trees: [PublishedTree] = []) {
    for item in trees.lazy.flatMap(\.items) { files[item.path, default: []].insert(item.sha256) }
  }

  func keeps(_ path: TreePath, as digest: SHA256Digest) -> Bool { files[path]?.contains(digest) ?? true }

  /// The first of these paths that would become another file.
  func broken(by listed: [ListedFile]) -> TreePath? {
    listed.first { !keeps($0.path, as: $0.content.sha256) }?.path
  }
}
