import OrderedCollections

/// An index: which products files (or further indexes) a tree has, in the order that clients walk them.
package struct StreamIndex: Sendable, Equatable {
  package static let format = "index:1.0"

  package var updated: Timestamp?
  package var entries: [Entry]

  package struct Entry: Sendable, Equatable {
    package var contentID: ContentID
    package var path: TreePath
    package var format: String
    package var datatype: String
    package var updated: Timestamp?
    package var products: [String]

    package init(
      contentID: ContentID, path: TreePath, format: String, datatype: String, updated: Timestamp?, products: [String]
    ) {
      self.contentID = contentID
      self.path = path
      self.format = format
      self.datatype = datatype
      self.updated = updated
      self.products = products
    }

    package var isIndex: Bool { format == StreamIndex.format }
    /// Only these two datatypes are read by any MAAS.
    package var isImages: Bool { datatype == "image-ids" || datatype == "image-downloads" }
  }

  package init(updated: Timestamp?, entries: [Entry]) {
    self.updated = updated
    self.entries = entries
  }

  /// Reads the signed bytes of an index.
  package init(_ bytes: [UInt8]) throws(DocumentError) {
    var budget = ReadingBudget()
    try self.init(bytes, &budget)
  }

  /// One of several documents that are held at the same time.
  package init(_ bytes: [UInt8], _ budget: inout ReadingBudget) throws(DocumentError) {
    let top = try JSONValue.document(bytes, &budget)
    guard let format = top["format"]?.string, format == Self.format else {
      throw DocumentError("format", "“\(top["format"]?.scalarText ?? "none")” is not \(Self.format)")
    }
    guard let listed = top["index"]?.object else { throw DocumentError("index", "missing, or not an object") }
    updated = top["updated"]?.string.flatMap { Timestamp($0) }
    entries = []
    for (id, value) in listed { entries.append(try Entry(id: id, value)) }
  }

  package func json(updated: Timestamp?) -> JSONValue {
    var listed = JSONObject(minimumCapacity: entries.count)
    for entry in entries { listed[entry.contentID.string] = entry.json }
    var top: JSONObject = ["format": .string(Self.format), "index": .object(listed)]
    if let updated { top["updated"] = .string(updated.mail) }
    return .object(top)
  }
}

extension StreamIndex.Entry {
  fileprivate init(id: String, _ value: JSONValue) throws(DocumentError) {
    guard let contentID = ContentID(id) else {
      throw DocumentError("index › \(id.prefix(200))", "not fit to be a file name")
    }
    guard let object = value.object else { throw DocumentError("index › \(id)", "not an object") }
    guard let text = object["path"]?.string else { throw DocumentError("index › \(id) › path", "missing") }
    guard text.utf8.count <= TreePath.documentLimit else {
      let length = "\(text.utf8.count) bytes, more than the \(TreePath.documentLimit) that a document's path may have"
      throw DocumentError("index › \(id) › path", "“\(text.prefix(200))…” has \(length)")
    }
    do throws(TreePath.Refusal) {
      path = try TreePath(document: text)
    } catch {
      throw DocumentError("index › \(id) › path", "“\(text.prefix(200))” is refused: \(error)")
    }
    self.contentID = contentID
    format = object["format"]?.string ?? ProductsFile.format
    datatype = object["datatype"]?.string ?? ""
    updated = object["updated"]?.string.flatMap { Timestamp($0) }
    products = (object["products"]?.array ?? []).compactMap(\.string)
  }

  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "datatype": .string(datatype), "format": .string(format), "path": .string(path.string),
      "products": .array(products.map(JSONValue.string)),
    ]
    if let updated { object["updated"] = .string(updated.mail) }
    return .object(object)
  }
}
