import Simplestreams
package import Storage

/// What a bundle can hold of what its documents list: what the mirror that wrote it took, or tried to take. The rest is neither
/// missing nor gone; it was never meant to come along.
package struct ExportedVersions: Sendable {
  private let versions: Set<VersionKey>

  package init(_ snapshot: Snapshot) {
    let held = CarriedVersions.files(of: snapshot).keys
    // A name that is in two products files says of neither that it has nothing.
    let files = Set(snapshot.documents.compactMap { $0.contentID.flatMap { ContentID($0) } })
    let wanted = (snapshot.missing + (snapshot.unfit ?? [])).flatMap { version in
      files.map { VersionKey(ProductKey($0, version.product), version.version) }
    }
    versions = Set(held).union(wanted)
  }

  func limit(_ files: [ProductsFile]) -> [ProductsFile] {
    files.map { file in
      var limited = file
      limited.products = file.products.compactMap { product in
        var product = product
        let key = ProductKey(file.contentID, product.name)
        product.versions = product.versions.filter { versions.contains(VersionKey(key, $0.name)) }
        return product.versions.isEmpty ? nil : product
      }
      return limited
    }
  }
}
