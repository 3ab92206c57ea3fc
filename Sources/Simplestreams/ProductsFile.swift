import OrderedCollections

/// A products file, read once into types: aliases expanded, attributes inherited, versions in C order.
package struct ProductsFile: Sendable, Equatable {
  package static let format = "products:1.0"

  package var contentID: ContentID
  package var datatype: String
  package var updated: Timestamp?
  /// In the order of the document.
  package var products: [Product]

  package init(contentID: ContentID, datatype: String, updated: Timestamp?, products: [Product]) {
    self.contentID = contentID
    self.datatype = datatype
    self.updated = updated
    self.products = products
  }

  /// What the file says of itself.
  package var withoutProducts: ProductsFile {
    ProductsFile(contentID: contentID, datatype: datatype, updated: updated, products: [])
  }
}

package struct Product: Sendable, Equatable {
  package var name: String
  /// All keys but `versions`, with what the top level adds; unknown keys are kept.
  package var attributes: JSONObject
  /// Oldest first, in C order.
  package var versions: [Version]

  package init(name: String, attributes: JSONObject, versions: [Version]) {
    self.name = name
    self.attributes = attributes
    self.versions = versions
  }

  /// The text of a string or number attribute.
  package subscript(_ attribute: String) -> String? { attributes[attribute]?.scalarText }
}

package struct Version: Sendable, Equatable {
  package var name: String
  /// All keys but `items`.
  package var attributes: JSONObject
  package var items: [Item]

  package init(name: String, attributes: JSONObject, items: [Item]) {
    self.name = name
    self.attributes = attributes
    self.items = items
  }

  package var files: [Item] { items.filter { $0.attributes["path"] != nil } }
  package var bytes: Int64 { files.reduce(0) { $0 + ($1.size ?? 0) } }
  /// The first reason why this version cannot be trusted. What upstream does not say at all is no lie: such a version is
  /// incomplete, which the gate tells.
  package var fault: (item: String, reason: String)? {
    for item in items {
      if let fault = item.fault, !item.isSilent { return (item.name, fault) }
    }
    return contradiction
  }
}

package struct Item: Sendable, Equatable {
  package var name: String
  /// The item's keys, with those that it inherits. What `sha256` and `size` say in full is not here as text too.
  package var attributes: JSONObject
  package var path: TreePath?
  package var sha256: SHA256Digest?
  package var size: Int64?
  /// Why the file cannot be fetched and trusted, when it cannot.
  package var fault: String?
  /// Whether the fault is that something is not said, rather than said wrongly.
  package private(set) var isSilent = false

  package init(name: String, attributes: JSONObject) {
    self.name = name
    self.attributes = attributes
    read()
  }
}

extension Item {
  /// 256 GiB, far above any image. As many items as all documents of a source can hold (64 MiB, 7 bytes each) cannot make
  /// a sum of sizes overflow.
  static let sizeLimit: Int64 = 1 << 38

  /// An item without a path is legal, and no file. One with a path needs a size and a SHA-256, or it is at fault.
  private mutating func read() {
    guard let pathValue = attributes["path"] else { return }
    guard let text = pathValue.string else {
      fault = "its path is not a string"
      return
    }
    do throws(TreePath.Refusal) {
      path = try TreePath(item: text)
    } catch {
      fault = "its path “\(DocumentName.legible(text.prefix(200)))” is refused: \(error)"
      return
    }
    guard let hex = attributes["sha256"]?.string else {
      isSilent = attributes["sha256"] == nil
      fault = "it has no sha256, which MAAS and this mirror need"
      return
    }
    guard let digest = SHA256Digest(hex: hex) else {
      fault = "its sha256 “\(DocumentName.legible(hex.prefix(80)))” is not 64 hexadecimal digits"
      return
    }
    guard let sizeText = attributes["size"]?.scalarText, let bytes = Int64(sizeText),
      (0...Self.sizeLimit).contains(bytes)
    else {
      isSilent = attributes["size"] == nil
      fault = "its size is not a number of bytes"
      return
    }
    (sha256, size) = (digest, bytes)
    attributes.removeValue(forKey: "size")
    // What is written in capitals the gate has to see.
    if hex == digest.hex { attributes.removeValue(forKey: "sha256") }
  }
}
