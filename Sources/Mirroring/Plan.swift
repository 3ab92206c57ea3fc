package import Simplestreams
package import Storage

/// What a sync of a source would do. Pure: from documents and what is there to a list of blobs.
package struct Plan: Sendable {
  /// Selected, whole versions only. A product of which no version can be taken is there without any.
  package var selected: [ProductsFile]
  /// Selected versions that cannot be fetched and trusted, and why.
  package var missing: [Snapshot.Missing]
  /// Selected versions that no publication may offer, and why: MAAS would reject them, or their paths are other files here.
  package var unfit: [Snapshot.Missing]
  let rewritten: RewrittenPaths
  package var blobs: PlannedBlobs
  /// What the last snapshot has and the next one will not: `product version`.
  package var dropped: [String]
  package var kept: Int
  package var added: Int
  /// How many versions of a product cannot be taken as upstream lists them.
  private let faulty: [String: Int]

  package var toFetch: [PlannedBlobs.Blob] { blobs.toFetch }
  package var present: [PlannedBlobs.Blob] { blobs.present }
  package var bytesToFetch: Int64 { toFetch.reduce(0) { $0 + $1.size } }
  /// Whether the selection meets nothing of what upstream offers.
  package var isEmpty: Bool { selected.allSatisfy(\.products.isEmpty) && missing.isEmpty && unfit.isEmpty }
  /// What the disk must still take.
  package var bytesToWrite: Int64 { toFetch.reduce(0) { $0 + max(0, $1.size - $1.received) } }
  package var bytesPresent: Int64 { present.reduce(0) { $0 + $1.size } }
  /// What the selected files would take if each path had its own copy.
  package var bytesListed: Int64 { blobs.bytesListed }
  /// What several paths have in common.
  package var bytesShared: Int64 { blobs.bytesShared }

  /// - Parameters:
  ///   - sizeInStore: the size of a blob that the store has, or `nil`.
  ///   - sizeReceived: how much of one that it has not was received before.
  package init(
    _ files: [ProductsFile], selection: Selection, previous: Snapshot?,
    sizeInStore: (SHA256Digest) throws -> Int64?, sizeReceived: (SHA256Digest) throws -> Int64 = { _ in 0 }
  ) rethrows {
    let rewritten = try RewrittenPaths(files, since: previous) { try sizeInStore($0.sha256) == $0.size }
    self.rewritten = rewritten
    var (missing, unfit): ([Snapshot.Missing], [Snapshot.Missing]) = ([], [])
    selected = selection.apply(to: files).map { upstream in
      var file = upstream
      file.products = file.products.map { product in
        let choice = VersionChoice(of: product, in: upstream, keep: selection.keep, rewritten: rewritten)
        missing += choice.missing
        unfit += choice.unfit
        var product = product
        product.versions = choice.product?.versions ?? []
        return product
      }
      return file
    }
    (self.missing, self.unfit) = (missing, unfit)
    faulty = (missing + unfit).reduce(into: [:]) { $0[$1.product, default: 0] += 1 }
    blobs = try PlannedBlobs(
      selected.lazy.flatMap(\.products).flatMap(\.versions).flatMap(\.listedFiles), sizeInStore: sizeInStore,
      sizeReceived: sizeReceived)
    let before = Set((previous?.items ?? []).map { "\($0.product) \($0.version)" })
    let after = Set(
      selected.flatMap(\.products).flatMap { product in product.versions.map { "\(product.name) \($0.name)" } })
    (dropped, kept, added) = ([], before.intersection(after).count, after.subtracting(before).count)
    let staying = staying(from: previous, without: after, keep: selection.keep)
    dropped = before.subtracting(after).subtracting(staying).sorted()
    kept += staying.count
  }

  /// For when all has been fetched that could be: of blobs there may be as many as files.
  consuming func withoutBlobs() -> Plan {
    blobs = PlannedBlobs()
    return self
  }

  /// What the last snapshot has and stays in the place of what cannot be taken.
  private func staying(from previous: Snapshot?, without after: Set<String>, keep: Int) -> Set<String> {
    let held = Dictionary(grouping: previous?.items ?? [], by: \.product).mapValues { Set($0.map(\.version)) }
    let versions = selected.flatMap(\.products).flatMap { product in
      (held[product.name] ?? []).sorted { $1.utf8.lexicographicallyPrecedes($0.utf8) }
        .map { "\(product.name) \($0)" }.filter { !after.contains($0) }
        .prefix(shortfall(of: product, keep: keep))
    }
    return Set(versions)
  }

  /// How many versions of a product are wanted that upstream lists, but in a way that nobody can take them.
  func shortfall(of product: Product, keep: Int) -> Int {
    min(max(0, keep - product.versions.count), faulty[product.name] ?? 0)
  }
}
