import Simplestreams
import Storage

/// Which file each path is in the trees that regions may still read: the one that is served, and those that it replaced
/// within the grace period (invariant 1). What is lost cannot be promised: to wait for it would keep the new file away as
/// well. Pure.
package struct PromisedPaths: Sendable {
  private var files: [TreePath: SHA256Digest] = [:]
  /// What several trees have under one path, beyond the first of them: rarely anything.
  private var more: [TreePath: Set<SHA256Digest>] = [:]

  package init() {}

  /// - Parameters:
  ///   - listed: what the trees have.
  ///   - isHeld: whether a file is in the store.
  init(_ listed: Set<ListedFile>, isHeld: (FileContent) throws -> Bool) rethrows {
    for file in listed where try isHeld(file.content) {
      let digest = file.content.sha256
      if files[file.path, default: digest] == digest {
        files[file.path] = digest
      } else {
        more[file.path, default: []].insert(digest)
      }
    }
  }

  func keeps(_ path: TreePath, as digest: SHA256Digest) -> Bool {
    files[path, default: digest] == digest || more[path]?.contains(digest) ?? false
  }

  /// The first of these paths that would become another file.
  func broken(by listed: [ListedFile]) -> TreePath? {
    listed.first { !keeps($0.path, as: $0.content.sha256) }?.path
  }
}

extension PublishedTree {
  var listedFiles: some Sequence<ListedFile> {
    items.lazy.map { ListedFile(path: $0.path, content: FileContent(sha256: $0.sha256, size: $0.size)) }
  }
}
