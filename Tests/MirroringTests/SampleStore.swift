import Catalog
import Foundation
import Simplestreams
import Storage
import TestSupport

@testable import Mirroring

/// A real data folder, filled by hand.
struct SampleStore {
  let folder: TemporaryFolder
  let data: DataFolder
  let store: MirrorStore

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.path)
    try data.create()
    store = try MirrorStore(writing: data, now: 0)
    try ended(at: .max, "ok", attempt: .max)
  }

  /// How the syncs of source “s” went.
  func ended(at good: Int64, _ outcome: String, attempt: Int64) throws {
    var state = SourceState(source: "s", settings: "")
    (state.lastGood, state.lastAttempt, state.outcome) = (good, attempt, outcome)
    try store.catalog.save(state)
  }

  static func digest(_ text: String) -> SHA256Digest { SHA256Digest(hashing: text.utf8) }

  /// - Parameter texts: the contents of its files.
  @discardableResult
  func snapshot(
    _ source: String, _ sequence: Int, created: Int64 = 0, document: String? = nil, _ texts: [String]
  ) throws -> SnapshotID {
    let items = try texts.map { text in
      Snapshot.Item(
        contentID: "c", product: "p", version: "\(sequence)", item: "i", path: try TreePath(item: text),
        sha256: try store.blobs.insert(Array(text.utf8)), size: Int64(text.utf8.count))
    }
    let documents = try document.map { text in
      let digest = try store.blobs.insert(Array(text.utf8))
      return Snapshot.Document(
        role: .index, contentID: nil,
        received: [.init(path: try TreePath(document: "streams/v1/index.json"), sha256: digest, size: 1)],
        payload: try store.blobs.insert(Array("payload of \(text)".utf8)), signedBy: nil, signedAt: nil)
    }
    let snapshot = Snapshot(
      source: source, sequence: sequence, created: created, documents: documents.map { [$0] } ?? [], items: items,
      missing: [])
    let id = try store.snapshots.save(snapshot)
    try store.catalog.add(SnapshotRow(id, snapshot))
    return id
  }

  @discardableResult
  func publish(
    _ path: String, at time: Int64, of snapshots: [SnapshotID] = [], _ texts: [String]
  ) throws -> PublicationRecord {
    let files = try texts.map { text in
      PublishedTree.File(
        path: try TreePath(item: text), sha256: try store.blobs.insert(Array(text.utf8)), size: Int64(text.utf8.count),
        modified: time, zstd: .init(sha256: try store.blobs.insert(Array("zstd of \(text)".utf8)), size: 1))
    }
    let tree = PublishedTree(
      path: PublicationPath(path)!, signed: .local, key: nil,
      keyring: try store.blobs.insert(Array("keyring".utf8)),
      sources: snapshots.map { .init(source: "s", snapshot: $0) },
      documents: [], items: files, contents: [:])
    return try store.publications.publish(tree, at: time)
  }

  func has(_ text: String) throws -> Bool { try store.blobs.size(of: Self.digest(text)) != nil }

  /// The texts of the blobs that are there, of those asked about.
  func held(_ texts: [String]) throws -> [String] { try texts.filter { try has($0) } }

  func plan(_ retention: Retention, now: Int64, in other: MirrorStore? = nil) throws -> CleanupPlan {
    try CleanupPlanner(store: other ?? store, retention: retention, now: now).plan()
  }

  /// What records and snapshots name, and is not there.
  func missing() throws -> [SHA256Digest] {
    var live = LiveSet()
    for id in try store.snapshots.ids() { live.add(try store.snapshots.load(id)) }
    for path in try store.publications.paths() {
      guard let record = try store.publications.record(path) else { continue }
      for state in [record.current] + record.history { live.add(try store.publications.tree(state.tree), state.tree) }
    }
    return try live.blobs.filter { try store.blobs.size(of: $0) == nil }
  }
}

extension Retention {
  static func sample(
    _ sources: [String: Snapshots] = ["s": .init(count: 1, age: 0)], forgotten: Set<String> = [], states: Int = 0,
    grace: Int64 = 100, leftovers: Int64 = 1000
  ) -> Retention {
    Retention(sources: sources, forgotten: forgotten, states: states, grace: grace, leftovers: leftovers)
  }
}
