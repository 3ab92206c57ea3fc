import OrderedCollections

/// What a real MAAS demands of a tree, applied before anything is published. Pure.
///
/// The new client (3.8) validates all or nothing: one bad item loses the whole source. So each fault is named down to
/// its item, and the caller leaves the faulty version out or refuses the tree.
package enum Gate {
  package struct Violation: Sendable, Hashable, CustomStringConvertible {
    package var contentID: String
    package var product: String?
    package var version: String?
    package var item: String?
    package var rule: String
    /// Whether MAAS passes over what is named, and loses nothing else by it.
    package var isPassedOver = false

    package init(contentID: String, product: String? = nil, version: String? = nil, item: String? = nil, rule: String) {
      self.contentID = contentID
      self.product = product
      self.version = version
      self.item = item
      self.rule = rule
    }

    package var description: String {
      let place = [product.map { "product \($0)" }, version.map { "version \($0)" }, item.map { "item \($0)" }]
      let named = place.compactMap(\.self).joined(separator: ", ")
      return "\(named.isEmpty ? contentID : named): \(rule)"
    }
  }

  package static func check(_ file: ProductsFile) -> [Violation] {
    let id = file.contentID.string
    var found: [Violation] = []
    if file.products.isEmpty { found.append(.init(contentID: id, rule: "a products file must have products")) }
    if !isOfImages(file.datatype) {
      found.append(
        .init(
          contentID: id, rule: "datatype “\(DocumentName.legible(file.datatype))” is not image-ids or image-downloads"))
    }
    if file.updated == nil { found.append(.init(contentID: id, rule: "“updated” is missing or not a date")) }
    let kinds = Set(file.products.compactMap { ImageKind($0) })
    if kinds.count > 1 {
      let names = kinds.sorted().map(\.rawValue).joined(separator: ", ")
      found.append(.init(contentID: id, rule: "kinds are mixed in one file: \(names)"))
    }
    for product in file.products { found += check(product, contentID: id) }
    return found
  }

  private static func isOfImages(_ datatype: String) -> Bool {
    datatype == "image-ids" || datatype == "image-downloads"
  }

  /// Why MAAS would reject a products file whatever its products are; `nil` when it would not. A file that does not say what it
  /// is of is taken for what the index says.
  package static func fault(of file: ProductsFile) -> String? {
    if file.datatype.isEmpty || isOfImages(file.datatype) { return nil }
    return "datatype “\(DocumentName.legible(file.datatype))” of its products file is not image-ids or image-downloads"
  }

  /// A product where it stands: whoever loses the file loses the product.
  package static func check(_ product: Product, in file: ProductsFile) -> [Violation] {
    let id = file.contentID.string
    let ofFile = fault(of: file).map { Violation(contentID: id, product: product.name, rule: $0) }
    return [ofFile].compactMap(\.self) + check(product, contentID: id)
  }

  package static func check(_ product: Product, contentID: String) -> [Violation] {
    func violation(_ rule: String) -> Violation { .init(contentID: contentID, product: product.name, rule: rule) }
    guard let kind = ImageKind(product) else {
      return [violation("MAAS 3.8 rejects a source that has a product of this kind")]
    }
    var found: [Violation] = []
    for attribute in kind.required where product.attributes[attribute]?.string == nil {
      found.append(violation("“\(attribute)” is missing or not a string"))
    }
    for attribute in kind.optional {
      guard let value = product.attributes[attribute], value != .null, value.string == nil else { continue }
      found.append(violation("“\(attribute)” is not a string"))
    }
    for attribute in ["support_eol", "support_esm_eol"] {
      guard let value = product.attributes[attribute], value != .null else { continue }
      if value.string.flatMap({ Timestamp($0) }) == nil { found.append(violation("“\(attribute)” is not a date")) }
    }
    if !nameIsRead(product.name, kind: kind) {
      var passed = violation("MAAS passes over a product of this name, so the image would silently be missing")
      passed.isPassedOver = true
      found.append(passed)
    }
    if product.versions.isEmpty { found.append(violation("a product must have versions")) }
    for version in product.versions { found += check(version, kind: kind, product: product.name, contentID: contentID) }
    return found
  }

  private static func check(
    _ version: Version, kind: ImageKind, product: String, contentID: String
  ) -> [Violation] {
    func violation(_ rule: String, item: String? = nil) -> Violation {
      .init(contentID: contentID, product: product, version: version.name, item: item, rule: rule)
    }
    let names = Set(version.items.map(\.name))
    var found: [Violation] = []
    let gaps = kind.complete.filter { names.isDisjoint(with: $0) }.map { $0.joined(separator: " or ") }
    if !gaps.isEmpty {
      let verb = gaps.count == 1 ? "is" : "are"
      found.append(violation("\(gaps.joined(separator: ", ")) \(verb) missing, so the version is incomplete"))
    }
    if let (item, reason) = version.contradiction { found.append(violation(reason, item: item)) }
    for item in version.items {
      if item.attributes["path"] == nil {
        if kind.complete.contains(where: { $0.contains(item.name) }) {
          found.append(violation("it has no path", item: item.name))
        }
        continue
      }
      if let fault = item.fault { found.append(violation(fault, item: item.name)) }
      let needed = kind == .bootloader ? ["ftype", "src_package", "src_release", "src_version"] : ["ftype"]
      for key in needed where item.attributes[key]?.string == nil {
        found.append(violation("“\(key)” is missing or not a string", item: item.name))
      }
    }
    return found
  }

  /// The names that MAAS filters by: `:v2:`, `:v3:`, `:v3+platform:` for Ubuntu, `:1:` for bootloaders.
  private static func nameIsRead(_ name: String, kind: ImageKind) -> Bool {
    switch kind {
    case .ubuntu: [":v2:", ":v3:", ":v3+platform:"].contains { name.contains($0) }
    case .bootloader: name.contains(":1:")
    case .centos: true
    }
  }

  package static func check(_ index: StreamIndex) -> [Violation] {
    var found: [Violation] = []
    if index.updated == nil { found.append(.init(contentID: "index", rule: "“updated” is missing or not a date")) }
    if index.entries.isEmpty { found.append(.init(contentID: "index", rule: "an index must have entries")) }
    var ids: Set<ContentID> = []
    for entry in index.entries {
      let id = entry.contentID.string
      if !ids.insert(entry.contentID).inserted { found.append(.init(contentID: id, rule: "it is listed twice")) }
      if !entry.isImages {
        found.append(.init(contentID: id, rule: "datatype “\(DocumentName.legible(entry.datatype))” breaks MAAS 3.8"))
      }
      if entry.updated == nil { found.append(.init(contentID: id, rule: "“updated” is missing or not a date")) }
      if entry.products.isEmpty { found.append(.init(contentID: id, rule: "an index entry must list its products")) }
    }
    return found
  }

  /// Invariant 1: what is advertised is there, with that hash and size.
  package static func check(
    _ file: ProductsFile, against available: [TreePath: FileContent]
  ) -> [Violation] {
    var found: [Violation] = []
    for product in file.products {
      for version in product.versions {
        for item in version.items {
          guard let path = item.path else { continue }
          let blob = available[path]
          if blob == nil || blob != item.content {
            found.append(
              .init(
                contentID: file.contentID.string, product: product.name, version: version.name, item: item.name,
                rule: blob == nil ? "\(path) is not in the store" : "\(path) is another file in the store"))
          }
        }
      }
    }
    return found
  }
}
