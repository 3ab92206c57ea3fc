import OrderedCollections

extension Product {
  /// Without what nobody here has looked at: of a file the SHA-256 is verified, and what stands beside it may be wrong. A client
  /// that prefers SHA-512, as python-simplestreams does, would then refuse the file; so it is nothing to put a signature under.
  package var withoutUnverifiedHashes: Product {
    // Most have none: then nothing is copied.
    let hasAny =
      Self.hasAny(attributes)
      || versions.contains { version in
        Self.hasAny(version.attributes) || version.items.contains { Self.hasAny($0.attributes) }
      }
    if !hasAny { return self }
    var product = self
    Self.strip(&product.attributes)
    for version in product.versions.indices {
      Self.strip(&product.versions[version].attributes)
      for item in product.versions[version].items.indices {
        Self.strip(&product.versions[version].items[item].attributes)
      }
    }
    return product
  }

  private static let names = ["md5", "sha1", "sha224", "sha384", "sha512"]

  private static func hasAny(_ attributes: JSONObject) -> Bool { names.contains { attributes[$0] != nil } }

  private static func strip(_ attributes: inout JSONObject) {
    for name in names { attributes.removeValue(forKey: name) }
  }
}
