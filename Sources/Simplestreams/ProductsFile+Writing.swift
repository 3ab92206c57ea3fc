import OrderedCollections

extension ProductsFile {
  /// The document as we publish it: flat, every attribute at the level that MAAS 3.8 looks at, sizes as numbers.
  package func json(updated: Timestamp?) -> JSONValue {
    var top = frame(updated: updated)
    var listed = JSONObject(minimumCapacity: products.count)
    for product in products { listed[product.name] = product.json }
    top["products"] = .object(listed)
    return .object(top)
  }

  /// Its bytes, in pieces: never all of it is in memory as JSON values.
  package func write(updated: Timestamp?, to sink: @escaping ([UInt8]) -> Void) {
    // Of two products of one name the last is the one that counts.
    let last = Dictionary(products.enumerated().map { ($1.name, $0) }) { max($0, $1) }
    let members = products.enumerated().filter { last[$1.name] == $0 }.map { (key: $1.name, value: $1) }
    JSONWriter.write(frame(updated: updated), "products", members, \.json, to: sink)
  }

  /// - Parameter count: about how many they will be, so that they are not moved while they become more, which takes up to
  ///   three times their memory.
  package func bytes(updated: Timestamp?, expecting count: Int = 0) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    write(updated: updated) { bytes += $0 }
    return bytes
  }

  private func frame(updated: Timestamp?) -> JSONObject {
    var top: JSONObject = [
      "content_id": .string(contentID.string),
      "datatype": .string(datatype),
      "format": .string(Self.format),
    ]
    if let updated { top["updated"] = .string(updated.mail) }
    return top
  }
}

extension Product {
  fileprivate var json: JSONValue {
    var object = attributes
    var listed = JSONObject(minimumCapacity: versions.count)
    for version in versions { listed[version.name] = version.json }
    object["versions"] = .object(listed)
    return .object(object)
  }
}

extension Version {
  fileprivate var json: JSONValue {
    var object = attributes
    var listed = JSONObject(minimumCapacity: items.count)
    for item in items { listed[item.name] = item.json }
    object["items"] = .object(listed)
    return .object(object)
  }
}

extension Item {
  fileprivate var json: JSONValue {
    var object = attributes
    if let size { object["size"] = .number(size) }
    if let sha256 { object["sha256"] = .string(sha256.hex) }
    return .object(object)
  }
}
