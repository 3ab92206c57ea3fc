import OrderedCollections

extension Gate {
  /// What is wrong with how a document is written that we would write in another way. simplestreams compares checksums as text,
  /// with what Python writes in small letters.
  package static func capitals(in file: ProductsFile) -> [Violation] {
    var found: [Violation] = []
    for product in file.products {
      for version in product.versions {
        for item in version.items where item.path != nil {
          guard let digest = item.sha256, let written = item.attributes["sha256"]?.string, written != digest.hex else {
            continue
          }
          found.append(
            .init(
              contentID: file.contentID.string, product: product.name, version: version.name, item: item.name,
              rule: "its sha256 is written in capitals, and regions compare it with one in small letters"))
        }
      }
    }
    return found
  }
}
