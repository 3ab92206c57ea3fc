import Simplestreams
import Storage

/// What a tree is staged from.
struct Staging {
  let publisher: Publisher
  let snapshots: [(source: String, id: SnapshotID, snapshot: Snapshot)]
  /// What is served now, whoever signed it.
  let previous: PublishedTree?
  let promised: PromisedPaths
  let clock: PublicationClock
  /// What was published before: items and documents, each in C order of the paths.
  private let known: [[PublishedTree.File]]

  init(
    _ publisher: Publisher, snapshots: [(source: String, id: SnapshotID, snapshot: Snapshot)],
    record: PublicationRecord?, previous: PublishedTree?, promised: PromisedPaths
  ) {
    self.promised = promised
    self.publisher = publisher
    self.snapshots = snapshots
    self.previous = previous
    let last = max(record?.current.publishedAt ?? 0, previous?.documents.map(\.modified).max() ?? 0)
    let witnessed = snapshots.flatMap(\.snapshot.documents).compactMap(\.signedAt).max()
    let clock = PublicationClock(now: publisher.now, last: last, witnessed: witnessed)
    self.clock = clock
    known = [previous?.items ?? [], previous?.documents ?? []].map(\.inOrder)
  }

  /// The time of the switch.
  var time: Int64 { clock.time }
  var name: String { publisher.publication.path.string }
  var store: MirrorStore { publisher.store }
  var reader: SnapshotReader { SnapshotReader(blobs: store.blobs) }

  /// What an operator is to know of a tree with these documents.
  func notes(_ files: [ProductsFile]) -> [String] { bootNotes(files) + partNotes }

  /// What a region could not boot with what the tree has.
  private func bootNotes(_ files: [ProductsFile]) -> [String] {
    let lacking = Bootability.lacking(in: files)
    if lacking.isEmpty { return [] }
    return [
      "there are images for \(lacking.joined(separator: ", ")) and no bootloaders, so a region that has only this cannot boot "
        + "these machines; name a source that has them in “sources”, with bootloaders = true"
    ]
  }

  /// What earlier syncs could not bring. Of one that has just ended it is told already.
  private var partNotes: [String] {
    snapshots.compactMap { source, _, snapshot in
      let count = snapshot.missing.count
      if count == 0 || publisher.incomplete.contains(source) { return nil }
      return
        "of “\(source)” \(Counted.text(count, "version")) could not be had at its last sync; “maas-mirror status” names them"
    }
  }

  /// A file of the tree, with the time since which it has been what it is.
  func file(_ path: TreePath, _ sha256: SHA256Digest, _ size: Int64) -> PublishedTree.File {
    // A time that is yet to come may not be told (RFC 9110 §8.8.2.1).
    if let old = known(path), old.sha256 == sha256, old.size == size, old.modified <= clock.time { return old }
    return .init(path: path, sha256: sha256, size: size, modified: time)
  }

  private func known(_ path: TreePath) -> PublishedTree.File? {
    known.lazy.compactMap { $0.file(at: path) }.first
  }
}

extension [PublishedTree.File] {
  /// As items are anyway, so that they need not be held a second time.
  var inOrder: Self {
    let isInOrder = zip(self, dropFirst()).allSatisfy { $0.path < $1.path }
    return isInOrder ? self : sorted { $0.path < $1.path }
  }

  /// Of a list in that order.
  func file(at path: TreePath) -> PublishedTree.File? {
    var range = indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if self[middle].path == path { return self[middle] }
      range = self[middle].path < path ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }
}
