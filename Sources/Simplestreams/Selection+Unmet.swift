extension Selection {
  /// What the rules ask for and nothing of all that is offered meets. Beside rules that do meet something, a word that is
  /// spelt wrongly would only be seen when its image is missing.
  package func unmet(in files: [ProductsFile]) -> [String] {
    let products = files.flatMap(\.products)
    return rules.enumerated().flatMap { position, rule in
      rule.unmet(in: products).map { "[[source.select]] \(position + 1): \($0)" }
    }
  }
}

extension Selection.Rule {
  fileprivate func unmet(in products: [Product]) -> [String] {
    let unknown = attributes.map(\.name).filter { name in products.allSatisfy { $0[name] == nil } }
    if !unknown.isEmpty { return unknown.map { "no product has an attribute “\($0)”, so nothing is met" } }
    let met = products.filter(takes)
    if met.isEmpty {
      let words = attributes.map { "\($0.name) = \($0.globs.map(\.pattern).joined(separator: ", "))" }
      return ["nothing meets \(words.joined(separator: "; "))"]
    }
    return attributes.flatMap { name, globs in
      globs.filter { glob in
        let alone = Selection.Rule([(name, [glob])])
        return !met.contains(where: alone.takes)
      }.map { "nothing meets \(name) = \($0.pattern)" }
    }
  }
}
