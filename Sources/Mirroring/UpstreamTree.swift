package import Simplestreams
import Storage

/// Stages a tree with upstream's documents, byte for byte.
struct UpstreamTree {
  let staging: Staging

  func stage() throws -> StagedTree {
    guard staging.snapshots.count == 1 else { throw MirrorError.notJoinable(publication: staging.name) }
    let (source, id, snapshot) = staging.snapshots[0]
    let faults = try UpstreamGate.faults(in: snapshot, reader: staging.reader)
    if !faults.isEmpty { throw MirrorError.notPassable(publication: staging.name, faults) }
    let listed = try staging.reader.listed(by: snapshot)
    let promised = UpstreamListing.newest(in: listed)
    let passedOver = UpstreamListing.passedOver(in: listed)
    let broken = (snapshot.missing + (snapshot.unfit ?? [])).filter {
      promised[$0.product] == $0.version && !passedOver.contains($0.product)
    }
    if !broken.isEmpty { throw MirrorError.incomplete(publication: staging.name, broken) }
    let held = try staging.reader.products(of: snapshot)
    var items: [TreePath: PublishedTree.File] = [:]
    for item in snapshot.items { items[item.path] = staging.file(item.path, item.sha256, item.size) }
    let altered = altered(listed, items)
    if !altered.isEmpty { throw MirrorError.notPassable(publication: staging.name, altered) }
    let tree = PublishedTree(
      path: staging.publisher.publication.path, signed: .upstream, key: nil, keyring: nil,
      sources: [.init(source: source, snapshot: id)],
      documents: snapshot.documents.flatMap(\.received).map { staging.file($0.path, $0.sha256, $0.size) },
      items: items.values.sorted { $0.path < $1.path }, contents: [:])
    let paths = Set(snapshot.items.map(\.path))
    let report = PublishReport(
      path: tree.path, isUnchanged: false, number: 0,
      products: held.reduce(0) { $0 + $1.products.count }, files: items.count,
      bytes: items.values.reduce(0) { $0 + $1.size }, leftOut: [],
      unavailable: UpstreamListing.unavailable(in: listed, items: paths),
      notes: staging.notes(held) + UpstreamListing.notes(listed, of: source, items: paths))
    return StagedTree(tree: tree, time: staging.time, report: report)
  }

  /// Paths that are here with other bytes than the documents say: what was carried over where upstream overwrote it.
  private func altered(_ listed: [ProductsFile], _ items: [TreePath: PublishedTree.File]) -> [Gate.Violation] {
    listed.flatMap { file in
      file.products.flatMap { product in
        product.versions.flatMap { version in
          version.files.compactMap { item in
            guard let path = item.path, let here = items[path], here.sha256 != item.sha256 else { return nil }
            return .init(
              contentID: file.contentID.string, product: product.name, version: version.name, item: item.name,
              rule: "\(path) has other bytes here, which regions may still fetch")
          }
        }
      }
    }
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

  /// Products that no region takes, whatever is here of them.
  static func passedOver(in files: [ProductsFile]) -> Set<String> {
    Set(
      files.flatMap { file in
        file.products.filter { Gate.check($0, contentID: file.contentID.string).contains(where: \.isPassedOver) }
      }.map(\.name))
  }

  /// Products that the documents list, but whose newest version a region could not download here.
  package static func unavailable(in files: [ProductsFile], items: Set<TreePath>) -> [String] {
    files.flatMap(\.products).filter { $0.versions.last.map { lacks($0, items) } ?? true }.map(\.name)
  }

  /// What no region asks for, as it takes the newest version of a product: but a mirror of this one may.
  package static func notes(_ files: [ProductsFile], of source: String, items: Set<TreePath>) -> [String] {
    let here = files.flatMap(\.products).filter { $0.versions.last.map { !lacks($0, items) } ?? false }
    let older = here.flatMap { $0.versions.dropLast() }.count { lacks($0, items) }
    if older == 0 { return [] }
    let most = here.map(\.versions.count).max() ?? 0
    return [
      "upstream's documents list \(Counted.text(older, "older version")) whose files are not here; regions take the newest alone, "
        + "but a mirror of this one must not keep more than “\(source)” does: keep = \(most) would bring them"
    ]
  }

  private static func lacks(_ version: Version, _ items: Set<TreePath>) -> Bool {
    version.files.contains { item in item.path.map { !items.contains($0) } ?? true }
  }
}
