package import Simplestreams
package import Storage

/// What a sync of a source would do. Pure: from documents and what is there to a list of blobs.
package struct Plan: Sendable {
  package struct Blob: Sendable {
    package var digest: SHA256Digest
    package var size: Int64
    /// Every path that upstream has these bytes under.
    package var paths: [TreePath]
    /// What an earlier, interrupted sync has brought of it.
    package var received: Int64 = 0
  }

  /// What is selected, whole versions only.
  package var selected: [ProductsFile]
  /// Selected versions that cannot be taken, and why.
  package var missing: [Snapshot.Missing]
  package var toFetch: [Blob]
  package var present: [Blob]
  /// What the last snapshot has and the next one will not: `product version`.
  package var dropped: [String]
  package var kept: Int
  package var added: Int

  package var bytesToFetch: Int64 { toFetch.reduce(0) { $0 + $1.size } }
  /// Whether the selection meets nothing of what upstream offers.
  package var isEmpty: Bool { selected.allSatisfy(\.products.isEmpty) && missing.isEmpty }
  /// What the disk must still take.
  package var bytesToWrite: Int64 { toFetch.reduce(0) { $0 + max(0, $1.size - $1.received) } }
  package var bytesPresent: Int64 { present.reduce(0) { $0 + $1.size } }
  /// What the selected files would take if each path had its own copy.
  package var bytesListed: Int64

  /// - Parameters:
  ///   - sizeInStore: the size of a blob that the store has, or `nil`.
  ///   - sizeReceived: how much of one that it has not was received before.
  package init(
    _ files: [ProductsFile], selection: Selection, previous: Snapshot?,
    sizeInStore: (SHA256Digest) throws -> Int64?, sizeReceived: (SHA256Digest) throws -> Int64 = { _ in 0 }
  ) rethrows {
    var missing: [Snapshot.Missing] = []
    selected = selection.apply(to: files).map { file in
      var file = file
      file.products = file.products.compactMap { Self.whole($0, missing: &missing) }
      return file
    }
    self.missing = missing
    var blobs: [SHA256Digest: Blob] = [:]
    var order: [SHA256Digest] = []
    var paths: Set<TreePath> = []
    bytesListed = 0
    for item in selected.lazy.flatMap(\.products).flatMap(\.versions).flatMap(\.files) {
      guard let digest = item.sha256, let size = item.size, let path = item.path else { continue }
      if blobs[digest] == nil {
        blobs[digest] = Blob(digest: digest, size: size, paths: [])
        order.append(digest)
      }
      if paths.insert(path).inserted {
        bytesListed += size
        blobs[digest]!.paths.append(path)
      }
    }
    toFetch = []
    present = []
    for digest in order {
      var blob = blobs[digest]!
      if try sizeInStore(digest) == blob.size {
        present.append(blob)
      } else {
        blob.received = try sizeReceived(digest)
        toFetch.append(blob)
      }
    }
    let before = Set((previous?.items ?? []).map { "\($0.product) \($0.version)" })
    let after = Set(
      selected.flatMap(\.products).flatMap { product in product.versions.map { "\(product.name) \($0.name)" } })
    dropped = before.subtracting(after).sorted()
    kept = before.intersection(after).count
    added = after.subtracting(before).count
  }

  /// A version is taken only whole: one item at fault leaves all of it out.
  private static func whole(_ product: Product, missing: inout [Snapshot.Missing]) -> Product? {
    var product = product
    product.versions.removeAll { version in
      guard let fault = version.fault else { return false }
      missing.append(.init(product: product.name, version: version.name, reason: "item \(fault.item): \(fault.reason)"))
      return true
    }
    return product.versions.isEmpty ? nil : product
  }
}
