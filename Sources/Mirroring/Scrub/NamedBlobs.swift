package import Simplestreams
package import Storage

/// What the snapshots and the publications name, and what it is called where it comes from.
package struct NamedBlobs: Sendable {
  package struct Entry: Sendable {
    /// `nil` where what names it does not say.
    package var size: Int64?
    /// The first that was found to need it, for people.
    package var neededBy: String
    /// What upstream has these bytes under. Empty for documents: under their path something else may stand by now.
    package var paths: Set<TreePath> = []
    /// The sources whose snapshots have it.
    package var sources: Set<String> = []
  }

  package private(set) var entries: [SHA256Digest: Entry] = [:]
  /// Snapshots and publications that cannot be read, and why.
  package private(set) var unreadable: [String] = []
  package private(set) var damagedSnapshots: [SnapshotID] = []

  package init(_ folder: DataFolder) throws {
    let blobs = FileBlobStore(folder)
    try readSnapshots(SnapshotStore(folder))
    try readPublications(PublicationStore(folder, blobs: blobs))
  }

  private mutating func readSnapshots(_ store: SnapshotStore) throws {
    for id in try store.ids() {
      do throws(StorageError) {
        let snapshot = try store.load(id)
        let name = "snapshot \(snapshot.sequence) of “\(snapshot.source)”"
        for item in snapshot.items {
          add(item.sha256, item.size, "\(name): \(item.path)", path: item.path, source: snapshot.source)
        }
        for document in snapshot.documents + (snapshot.carried ?? []) {
          for file in document.received { add(file.sha256, file.size, "\(name): \(file.path)") }
          let path = document.received.first.map { "\($0.path)" } ?? "a document"
          add(document.payload, nil, "\(name): \(path), without its signature")
        }
      } catch .malformed(let path, let reason) {
        damagedSnapshots.append(id)
        unreadable.append("\(path): \(reason)")
      } catch {
        // A clean-up may have taken it since it was listed.
        if try store.ids().contains(id) { throw error }
      }
    }
  }

  private mutating func readPublications(_ store: PublicationStore) throws {
    for path in try store.paths() {
      do throws(StorageError) {
        guard let record = try store.record(path) else { continue }
        add(record.current.tree, nil, "/\(path)/ itself")
        let tree = try store.tree(record.current.tree)
        if let keyring = tree.keyring { add(keyring, nil, "/\(path)/: its keyring") }
        add(tree.items, in: "/\(path)/")
        add(tree.documents, of: "/\(path)/")
        for state in record.history {
          // What was replaced and is gone was cleaned away, or waits to be. Of the others the files are served on, and
          // the documents are not: nobody could sign lost ones again.
          if let tree = try? store.tree(state.tree) { add(tree.items, in: "/\(path)/ before, number \(state.number),") }
        }
      } catch {
        unreadable.append("/\(path)/: \(error)")
      }
    }
  }

  private mutating func add(_ items: [PublishedTree.File], in name: String) {
    for file in items { add(file.sha256, file.size, "\(name) \(file.path)", path: file.path) }
  }

  private mutating func add(_ documents: [PublishedTree.File], of name: String) {
    for file in documents {
      add(file.sha256, file.size, "\(name) \(file.path)")
      for packed in file.packed { add(packed.sha256, packed.size, "\(name) \(file.path), compressed") }
    }
  }

  private mutating func add(
    _ digest: SHA256Digest, _ size: Int64?, _ name: String, path: TreePath? = nil, source: String? = nil
  ) {
    var entry = entries[digest] ?? Entry(size: size, neededBy: name)
    entry.size = entry.size ?? size
    if let path { entry.paths.insert(path) }
    if let source { entry.sources.insert(source) }
    entries[digest] = entry
  }
}
