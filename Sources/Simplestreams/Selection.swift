import OrderedCollections

/// Which products of a source a site wants, and how many versions of each. Pure: from documents to documents.
package struct Selection: Sendable {
  /// All attributes of a rule must match; the globs of one attribute are alternatives.
  package struct Rule: Sendable {
    package var attributes: [(name: String, globs: [Glob])]

    package init(_ attributes: [(name: String, globs: [Glob])]) { self.attributes = attributes }

    func takes(_ product: Product) -> Bool {
      attributes.allSatisfy { name, globs in
        guard let value = product[name] else { return false }
        return globs.contains { $0.matches(value) }
          || value.contains(",") && Product.list(value).contains { part in globs.contains { $0.matches(part) } }
      }
    }

    /// Whether the operator asks for bootloaders by name, rather than matching them by architecture alone.
    var namesBootloaders: Bool { attributes.contains { $0.name == "os" || $0.name == "bootloader-type" } }
  }

  /// None: everything.
  package var rules: [Rule]
  /// Whether the bootloaders of the selected architectures come along.
  package var bootloaders: Bool
  /// How many versions of each product are wanted: the newest that are whole.
  package var keep: Int

  package init(rules: [Rule], bootloaders: Bool = true, keep: Int) {
    self.rules = rules
    self.bootloaders = bootloaders
    self.keep = keep
  }

  /// The selected products of the given files, with all their versions. Files of which nothing is selected come back
  /// without products.
  package func apply(to files: [ProductsFile]) -> [ProductsFile] {
    let architectures = Set(
      files.flatMap(\.products).filter { !$0.isBootloader && takes($0) }.compactMap { $0["arch"] })
    return files.map { file in
      var file = file
      file.products = file.products.filter { product in
        !product.versions.isEmpty && (takes(product) || bringsAlong(product, for: architectures))
      }
      return file
    }
  }

  private func takes(_ product: Product) -> Bool {
    if rules.isEmpty { return bootloaders || !product.isBootloader }
    return rules.contains { rule in
      rule.takes(product) && (bootloaders || !product.isBootloader || rule.namesBootloaders)
    }
  }

  private func bringsAlong(_ product: Product, for architectures: Set<String>) -> Bool {
    guard bootloaders, product.isBootloader else { return false }
    return product.bootedArchitectures.contains { architectures.contains($0) }
  }
}

extension Product {
  package var isBootloader: Bool { attributes["bootloader-type"] != nil }

  /// `"amd64, i386"` → `["amd64", "i386"]`.
  static func list(_ text: String) -> [String] {
    text.split(separator: ",").map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
  }
}
