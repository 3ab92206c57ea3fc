import Simplestreams
import Storage

/// Reads what is published from the store into a view.
struct TreeLoader: Sendable {
  let publications: PublicationStore
  let blobs: any BlobStore
  let grace: Int64

  func load(now: Int64) throws(StorageError) -> TreeView {
    var current: [TreeView.Publication] = []
    var replaced: [PublishedTree] = []
    var keyring: (at: Int64, entry: TreeView.Entry)?
    for path in try publications.paths() {
      guard let record = try publications.record(path) else { continue }
      let tree = try publications.tree(record.current.tree)
      current.append(.init(path: path, number: record.current.number, tree: tree))
      for state in record.withinGrace(grace, at: now) {
        // A tree whose record was cleaned away has nothing left to serve.
        if try blobs.size(of: state.tree) != nil { replaced.append(try publications.tree(state.tree)) }
      }
      if let digest = tree.keyring, let size = try blobs.size(of: digest), record.current.publishedAt > keyring?.at ?? 0
      {
        let entry = TreeView.Entry(
          digest: digest, size: size, modified: record.current.publishedAt, isDocument: true)
        keyring = (record.current.publishedAt, entry)
      }
    }
    return TreeView(current, replaced: replaced, keyring: keyring?.entry)
  }
}
