import OrderedCollections
import Simplestreams
import Storage

/// Stages a tree that is filtered, flattened and signed here.
struct LocalTree {
  let publisher: Publisher
  let snapshots: [(source: String, id: SnapshotID, snapshot: Snapshot)]
  let previous: PublishedTree?

  init(
    _ publisher: Publisher, snapshots: [(source: String, id: SnapshotID, snapshot: Snapshot)], previous: PublishedTree?
  ) {
    self.publisher = publisher
    self.snapshots = snapshots
    self.previous = previous?.signed == .local ? previous : nil
  }

  private var name: String { publisher.publication.path.string }
  private var store: MirrorStore { publisher.store }

  func stage() throws -> StagedTree {
    guard let signer = publisher.signer else { throw MirrorError.noSigningKey(publication: name) }
    let reader = SnapshotReader(blobs: store.blobs)
    let composition = try Composition(
      try snapshots.map { ($0.source, try reader.products(of: $0.snapshot)) })
    try Downgrade(publication: name, previous: previous, store: store).check(composition, snapshots, reader)
    // The time never goes back, whatever the clock does.
    let time = max(publisher.now, (previous?.documents.map(\.modified).max() ?? 0) + 1)
    let reusable = previous.flatMap { $0.key == signer.fingerprint ? $0 : nil }
    var documents = TreeDocuments(store: store, signer: signer, previous: reusable, time: time)
    var entries: [StreamIndex.Entry] = []
    for var file in composition.files {
      file.updated = Timestamp(seconds: time)
      try refuse(Gate.check(file) + Gate.check(file, against: composition.items.mapValues { ($0.sha256, $0.size) }))
      entries.append(try documents.add(file))
    }
    let index = StreamIndex(updated: Timestamp(seconds: time), entries: entries)
    try refuse(Gate.check(index) + composition.leftOut.filter { _ in entries.isEmpty })
    try documents.add(index)
    let keyring = try store.blobs.insert(try signer.keyring())
    let tree = PublishedTree(
      path: publisher.publication.path, signed: .local, key: signer.fingerprint, keyring: keyring,
      sources: snapshots.map { .init(source: $0.source, snapshot: $0.id) },
      documents: documents.files + (try upstreamDocuments(at: time)), items: items(of: composition, at: time),
      contents: documents.contents)
    return StagedTree(tree: tree, time: time, report: report(composition))
  }

  private func refuse(_ violations: [Gate.Violation]) throws {
    if !violations.isEmpty { throw MirrorError.refused(publication: name, violations) }
  }

  private func items(of composition: Composition, at time: Int64) -> [PublishedTree.File] {
    let known = Dictionary((previous?.items ?? []).map { ($0.path, $0) }) { first, _ in first }
    return composition.items.sorted { $0.key < $1.key }.map { path, blob in
      if let old = known[path], old.sha256 == blob.sha256 { return old }
      return .init(path: path, sha256: blob.sha256, size: blob.size, modified: time)
    }
  }

  /// Invariant 5: upstream's signed bytes beside ours. With several sources each has its own folder.
  private func upstreamDocuments(at time: Int64) throws -> [PublishedTree.File] {
    let known = Dictionary((previous?.documents ?? []).map { ($0.path, $0) }) { first, _ in first }
    var files: [PublishedTree.File] = []
    for (source, _, snapshot) in snapshots {
      let folder = snapshots.count == 1 ? "upstream" : "upstream/\(source)"
      for received in snapshot.documents.flatMap(\.received) {
        let path = try TreePath(document: "\(folder)/\(received.path)")
        if let old = known[path], old.sha256 == received.sha256 {
          files.append(old)
        } else {
          files.append(.init(path: path, sha256: received.sha256, size: received.size, modified: time))
        }
      }
    }
    return files
  }

  private func report(_ composition: Composition) -> PublishReport {
    PublishReport(
      path: publisher.publication.path, isUnchanged: false, number: 0,
      products: composition.files.reduce(0) { $0 + $1.products.count }, files: composition.items.count,
      bytes: composition.items.values.reduce(0) { $0 + $1.size }, leftOut: composition.leftOut, unavailable: [],
      notes: composition.notes)
  }
}
