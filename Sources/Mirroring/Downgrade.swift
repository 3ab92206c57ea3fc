import Simplestreams
import Storage

/// A region takes the newest version it sees, also when that is older than the one it has. So a tree must not fall
/// back for a reason of ours (a download that failed, a version that the gate left out) while upstream still lists
/// what was served. Where upstream itself withdrew a version, going back is what upstream wants.
struct Downgrade {
  let publication: String
  let previous: PublishedTree?
  let store: MirrorStore

  func check(
    _ composition: Composition, _ snapshots: [(source: String, id: SnapshotID, snapshot: Snapshot)]
  ) throws {
    // Only versions that upstream lists and the snapshot or the gate left out can be the reason.
    let missing = Dictionary(
      snapshots.flatMap { $0.snapshot.missing + ($0.snapshot.unfit ?? []) }.map { ($0.product, $0.version) }
        + composition.leftOut.compactMap { violation in
          violation.product.flatMap { product in violation.version.map { (product, $0) } }
        }, uniquingKeysWith: max)
    guard let previous, !missing.isEmpty else { return }
    let next = Dictionary(
      composition.files.flatMap(\.products).map { ($0.name, $0.versions.last?.name ?? "") }
    ) { first, _ in first }
    for (product, served) in try newest(in: previous) {
      guard let missed = missing[product], !missed.utf8.lexicographicallyPrecedes(served.utf8) else { continue }
      let offered = next[product] ?? ""
      if offered.utf8.lexicographicallyPrecedes(served.utf8) {
        throw MirrorError.downgrade(publication: publication, product: product, served: served)
      }
    }
  }

  private func newest(in tree: PublishedTree) throws -> [(String, String)] {
    var newest: [(String, String)] = []
    for document in tree.documents {
      let path = document.path.string
      guard path.hasPrefix("streams/v1/"), path.hasSuffix(".json"), !path.hasSuffix("/index.json") else { continue }
      // These bytes were written and signed here, and the tree names their hash.
      let bytes = try store.blobs.read(document.sha256, limit: Int(DocumentFetcher.byteLimit))
      guard let file = try? ProductsFile(bytes) else { continue }
      newest += file.products.compactMap { product in product.versions.last.map { (product.name, $0.name) } }
    }
    return newest
  }
}
