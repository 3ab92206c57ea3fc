import OrderedCollections

extension ProductsFile {
  /// Reads the signed bytes of a products file.
  package init(_ bytes: [UInt8]) throws(DocumentError) {
    var budget = ReadingBudget()
    try self.init(bytes, &budget)
  }

  /// One of several that are held at the same time.
  package init(_ bytes: [UInt8], _ budget: inout ReadingBudget) throws(DocumentError) {
    try self.init(bytes, inherits: true, &budget)
  }

  /// Reads them as MAAS 3.8 does: each object has what it says itself, and aliases mean nothing.
  package init(asWritten bytes: [UInt8]) throws(DocumentError) {
    var budget = ReadingBudget()
    try self.init(bytes, inherits: false, &budget)
  }

  /// One product after the other: as JSON values all of them would be in memory beside themselves.
  private init(_ bytes: [UInt8], inherits: Bool, _ budget: inout ReadingBudget) throws(DocumentError) {
    var outline = try DocumentError.telling(budget) { () throws(JSONError) in
      try JSONOutline(bytes, deferring: "products", limit: budget.values)
    }
    let aliases = inherits ? outline.members[Aliases.key]?.object : nil
    let top =
      try aliases.map { aliases throws(DocumentError) in
        try Aliases.expand(outline.members, aliases, &budget)
      } ?? outline.members
    guard let format = top["format"]?.string, format == Self.format else {
      throw DocumentError("format", "“\(top["format"]?.scalarText ?? "none")” is not \(Self.format)")
    }
    guard let id = top["content_id"]?.string, let contentID = ContentID(id) else {
      throw DocumentError("content_id", "missing, or not fit to be a file name")
    }
    // No alias may say what the products are: readers would differ in which of the two counts.
    guard let products = outline.elements, outline.isObject, top["products"] == nil else {
      throw DocumentError("products", "missing, or not an object")
    }
    self.contentID = contentID
    datatype = top["datatype"]?.string ?? ""
    updated = top["updated"]?.string.flatMap { Timestamp($0) }
    let inherited = inherits ? top.filter { !Self.documentKeys.contains($0.key) && $0.value.scalarText != nil } : nil
    self.products = []
    self.products.reserveCapacity(products.count)
    for element in products {
      var value = try DocumentError.telling(budget) { () throws(JSONError) in try outline.value(of: element) }
      if let aliases { value = try Aliases.expand(value, aliases, &budget) }
      self.products.append(try Product(name: element.key, value, inherited: inherited, &budget))
    }
    budget.spend(values: outline.count)
  }

  /// Keys of the document itself, which a product does not inherit.
  private static let documentKeys: Set<String> = [
    "content_id", "datatype", "format", "updated", "products", "license", "creator",
  ]
}

extension Product {
  fileprivate init(
    name: String, _ value: JSONValue, inherited: JSONObject?, _ budget: inout ReadingBudget
  ) throws(DocumentError) {
    try DocumentName.check(name, in: "products")
    try budget.spend(inherited?.count ?? 0, at: "products › \(name)")
    guard case .object(var attributes) = value else { throw DocumentError("products › \(name)", "not an object") }
    guard let versions = attributes.removeValue(forKey: "versions")?.object else {
      throw DocumentError("products › \(name) › versions", "missing, or not an object")
    }
    for (key, text) in inherited ?? [:] where attributes[key] == nil { attributes[key] = text }
    self.name = name
    self.attributes = attributes
    var read: [Version] = []
    read.reserveCapacity(versions.count)
    for (versionName, version) in versions {
      read.append(
        try Version(name: versionName, version, product: name, inherited: inherited == nil ? nil : attributes, &budget))
    }
    self.versions = read.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

extension Version {
  fileprivate init(
    name: String, _ value: JSONValue, product: String, inherited: JSONObject?, _ budget: inout ReadingBudget
  ) throws(DocumentError) {
    let place = "products › \(product) › versions › \(name)"
    try DocumentName.check(name, in: "products › \(product) › versions")
    guard case .object(var attributes) = value else { throw DocumentError(place, "not an object") }
    guard let items = attributes.removeValue(forKey: "items")?.object else {
      throw DocumentError("\(place) › items", "missing, or not an object")
    }
    self.name = name
    self.attributes = attributes
    self.items = []
    self.items.reserveCapacity(items.count)
    let above = inherited.map { Item.inheritable(version: attributes, product: $0) } ?? [:]
    for (itemName, item) in items {
      try DocumentName.check(itemName, in: "\(place) › items")
      try budget.spend(above.count, at: place)
      guard case .object(var own) = item else { throw DocumentError("\(place) › items › \(itemName)", "not an object") }
      for (key, text) in above where own[key] == nil { own[key] = text }
      var read = Item(name: itemName, attributes: own)
      read.attributes = read.attributes.fitted
      self.items.append(read)
    }
  }
}

extension Item {
  /// What an item takes from above: everything of its version, and of its product what describes a file. (The rest
  /// of the product's attributes stay readable there; copying them into each item would say everything five times.)
  fileprivate static func inheritable(version: JSONObject, product: JSONObject) -> JSONObject {
    var above = version.filter { $0.value.scalarText != nil }
    for key in fileKeys where above[key] == nil {
      if let value = product[key], value.scalarText != nil { above[key] = value }
    }
    return above
  }

  private static let fileKeys = [
    "ftype", "path", "sha256", "sha512", "md5", "size", "src_package", "src_release", "src_version", "kpackage",
  ]
}

extension JSONObject {
  /// The same without room for more. There are as many of these as files.
  fileprivate var fitted: JSONObject {
    var fitted = JSONObject(minimumCapacity: count)
    for (key, value) in self { fitted[key] = value }
    return fitted
  }
}
