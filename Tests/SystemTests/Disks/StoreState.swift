import Foundation
import Simplestreams
import Storage

/// What a mirror's store comes to, line by line, without what two runs may differ in: times, and what hangs on them.
struct StoreState: Equatable {
  private var lines: Set<String> = []

  init(_ mirror: Mirror) throws { try self.init(data: mirror.data) }

  init(data: String) throws {
    let folder = DataFolder(root: data)
    for id in try SnapshotStore(folder).ids() {
      let snapshot = try SnapshotStore(folder).load(id)
      let name = "\(snapshot.source), snapshot \(snapshot.sequence)"
      // Two of the same number are one too many.
      lines.insert(lines.contains(name) ? "\(name) again" : name)
      lines.formUnion(snapshot.items.map { "\(name): \($0.path) \($0.sha256)" })
    }
    for (path, tree) in try Self.trees(in: data) {
      lines.formUnion(tree.items.map { "/\(path)/\($0.path) \($0.sha256)" })
      lines.formUnion(tree.documents.map { "/\(path)/\($0.path)" })
      // The index says when each products file was signed.
      lines.formUnion(
        tree.contents.filter { !$0.key.hasSuffix("/index") }.map { "/\(path)/\($0.key) says \($0.value)" })
    }
  }

  /// What only one of both has.
  func difference(from other: StoreState) -> [String] {
    lines.subtracting(other.lines).map { "+ \($0)" }.sorted()
      + other.lines.subtracting(lines).map { "- \($0)" }.sorted()
  }

  /// What is served, by publication.
  static func trees(in data: String) throws -> [String: PublishedTree] {
    let folder = DataFolder(root: data)
    let store = PublicationStore(folder, blobs: FileBlobStore(folder))
    var trees: [String: PublishedTree] = [:]
    for path in try store.paths() {
      if let record = try store.record(path) { trees[path.string] = try store.tree(record.current.tree) }
    }
    return trees
  }

  /// The files of these trees that are not there any more, as a region would ask for them.
  static func lost(_ trees: [String: PublishedTree], in data: String) throws -> [String] {
    let store = FileBlobStore(DataFolder(root: data))
    return try trees.flatMap { path, tree in
      try (tree.documents + tree.items).filter { try store.size(of: $0.sha256) != $0.size }
        .map { "/\(path)/\($0.path)" }
    }
  }
}
