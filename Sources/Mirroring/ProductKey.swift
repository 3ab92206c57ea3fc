import Simplestreams

/// A product of a source: its name is unique within its products file.
struct ProductKey: Hashable, Sendable {
  var file: ContentID
  var product: String

  init(_ file: ContentID, _ product: String) {
    self.file = file
    self.product = product
  }
}

struct VersionKey: Hashable, Sendable {
  var product: ProductKey
  var version: String

  init(_ product: ProductKey, _ version: String) {
    self.product = product
    self.version = version
  }
}
