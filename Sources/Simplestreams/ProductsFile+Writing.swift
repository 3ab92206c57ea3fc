import OrderedCollections

extension ProductsFile {
  /// The document as we publish it: flat, every attribute at the level that MAAS 3.8 looks at, sizes as numbers.
  package func json(updated: Timestamp?) -> JSONValue {
    var top: JSONObject = [
      "content_id": .string(contentID.string),
      "datatype": .string(datatype),
      "format": .string(Self.format),
    ]
    if let updated { top["updated"] = .string(updated.mail) }
    var listed = JSONObject(minimumCapacity: products.count)
    for product in products { listed[product.name] = product.json }
    top["products"] = .object(listed)
    return .object(top)
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
