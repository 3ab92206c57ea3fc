package import Simplestreams
import Storage

/// Stages a tree with upstream's documents, byte for byte.
struct UpstreamTree {
  let publisher: Publisher
  let snapshots: [(source: String, id: SnapshotID, snapshot: Snapshot)]
  let previous: PublishedTree?

  init(
    _ publisher: Publisher, snapshots: [(source: String, id: SnapshotID, snapshot: Snapshot)], previous: PublishedTree?
  ) {
    self.publisher = publisher
    self.snapshots = snapshots
    self.previous = previous
  }

  func stage() throws -> StagedTree {
    let name = publisher.publication.path.string
    guard snapshots.count == 1 else { throw MirrorError.notJoinable(publication: name) }
    let (source, id, snapshot) = snapshots[0]
    let listed = try listedFiles(snapshot)
    let held = try SnapshotReader(blobs: publisher.store.blobs).products(of: snapshot)
    let violations = held.flatMap { file in
      file.products.flatMap { Gate.check($0, contentID: file.contentID.string) }
    }
    if !violations.isEmpty { throw MirrorError.refused(publication: name, violations) }
    let known = Dictionary(((previous?.documents ?? []) + (previous?.items ?? [])).map { ($0.path, $0) }) { $1 }
    let time = max(publisher.now, (previous?.documents.map(\.modified).max() ?? 0) + 1)
    func file(_ path: TreePath, _ sha256: SHA256Digest, _ size: Int64) -> PublishedTree.File {
      if let old = known[path], old.sha256 == sha256 { return old }
      return .init(path: path, sha256: sha256, size: size, modified: time)
    }
    var items: [TreePath: PublishedTree.File] = [:]
    for item in snapshot.items { items[item.path] = file(item.path, item.sha256, item.size) }
    let tree = PublishedTree(
      path: publisher.publication.path, signed: .upstream, key: nil, keyring: nil,
      sources: [.init(source: source, snapshot: id)],
      documents: snapshot.documents.flatMap(\.received).map { file($0.path, $0.sha256, $0.size) },
      items: items.values.sorted { $0.path < $1.path }, contents: [:])
    let report = PublishReport(
      path: publisher.publication.path, isUnchanged: false, number: 0,
      products: held.reduce(0) { $0 + $1.products.count }, files: items.count,
      bytes: items.values.reduce(0) { $0 + $1.size }, leftOut: [],
      unavailable: UpstreamListing.unavailable(in: listed, items: Set(snapshot.items.map(\.path))), notes: [])
    return StagedTree(tree: tree, time: time, report: report)
  }

  private func listedFiles(_ snapshot: Snapshot) throws -> [ProductsFile] {
    let reader = SnapshotReader(blobs: publisher.store.blobs)
    return try snapshot.documents.compactMap { document in
      if case .products(let file) = try reader.content(of: document).content { file } else { nil }
    }
  }
}

/// What upstream's documents promise beyond what is mirrored.
package enum UpstreamListing {
  /// Products that the documents list, but whose newest version a region could not download here.
  package static func unavailable(in files: [ProductsFile], items: Set<TreePath>) -> [String] {
    files.flatMap(\.products).filter { product in
      product.versions.last?.files.contains { item in item.path.map { !items.contains($0) } ?? true } ?? true
    }.map(\.name)
  }
}
