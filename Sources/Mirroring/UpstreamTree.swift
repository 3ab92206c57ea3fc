package import Simplestreams
import Storage

/// Stages a tree with upstream's documents, byte for byte.
struct UpstreamTree {
  let staging: Staging

  func stage() throws -> StagedTree {
    guard staging.snapshots.count == 1 else { throw MirrorError.notJoinable(publication: staging.name) }
    let (source, id, snapshot) = staging.snapshots[0]
    let listed = try staging.reader.listed(by: snapshot)
    let promised = UpstreamListing.newest(in: listed)
    let broken = snapshot.missing.filter { promised[$0.product] == $0.version }
    if !broken.isEmpty { throw MirrorError.incomplete(publication: staging.name, broken) }
    let unfit = (snapshot.unfit ?? []).filter { promised[$0.product] == $0.version }
    if !unfit.isEmpty {
      throw MirrorError.refused(
        publication: staging.name,
        unfit.map { .init(contentID: "", product: $0.product, version: $0.version, rule: $0.reason) })
    }
    let held = try staging.reader.products(of: snapshot)
    let violations = held.flatMap { file in
      file.products.flatMap { Gate.check($0, contentID: file.contentID.string) }
    }
    if !violations.isEmpty { throw MirrorError.refused(publication: staging.name, violations) }
    var items: [TreePath: PublishedTree.File] = [:]
    for item in snapshot.items { items[item.path] = staging.file(item.path, item.sha256, item.size) }
    let tree = PublishedTree(
      path: staging.publisher.publication.path, signed: .upstream, key: nil, keyring: nil,
      sources: [.init(source: source, snapshot: id)],
      documents: try snapshot.documents.flatMap(\.received).map { try staging.document($0.path, $0) },
      items: items.values.sorted { $0.path < $1.path }, contents: [:])
    let report = PublishReport(
      path: tree.path, isUnchanged: false, number: 0,
      products: held.reduce(0) { $0 + $1.products.count }, files: items.count,
      bytes: items.values.reduce(0) { $0 + $1.size }, leftOut: [],
      unavailable: UpstreamListing.unavailable(in: listed, items: Set(snapshot.items.map(\.path))), notes: [])
    return StagedTree(tree: tree, time: staging.time, report: report)
  }
}

/// What upstream's documents promise beyond what is mirrored.
package enum UpstreamListing {
  /// The version of each product that a region takes.
  static func newest(in files: [ProductsFile]) -> [String: String] {
    Dictionary(
      files.flatMap(\.products).compactMap { product in product.versions.last.map { (product.name, $0.name) } }
    ) { max($0, $1) }
  }

  /// Products that the documents list, but whose newest version a region could not download here.
  package static func unavailable(in files: [ProductsFile], items: Set<TreePath>) -> [String] {
    files.flatMap(\.products).filter { product in
      product.versions.last?.files.contains { item in item.path.map { !items.contains($0) } ?? true } ?? true
    }.map(\.name)
  }
}
