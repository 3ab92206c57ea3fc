/// Reads one table's keys with their types, and collects what is wrong instead of stopping at it.
final class TableReader {
  let findings: Findings
  /// The table's own key path; empty for the top.
  let place: String
  private let members: [String: ConfigurationNode]
  private var known: Set<String> = []

  init(_ members: [String: ConfigurationNode], place: String, findings: Findings) {
    (self.members, self.place, self.findings) = (members, place, findings)
  }

  var line: Int? { findings.line(of: place) }
  /// In the order of the file.
  var keys: [String] { members.keys.sorted { (line(of: $0), $0) < (line(of: $1), $1) } }

  private func line(of key: String) -> Int { findings.line(of: path(key)) ?? .max }
  private func path(_ key: String) -> String { KeyLines.path(key, in: place) }

  /// The table's name as a header has it: `source.select` for `source[1].select[0]`.
  private func header(_ key: String? = nil) -> String {
    var name = ""
    var isIndex = false
    for character in key.map({ path($0) }) ?? place {
      if character == "[" { isIndex = true }
      if !isIndex { name.append(character) }
      if character == "]" { isIndex = false }
    }
    return name
  }

  func wrong(_ key: String, _ what: String, _ remedy: String) { findings.add(at: path(key), what, remedy) }

  func wrong(_ key: String, at index: Int, _ what: String, _ remedy: String) {
    findings.add(at: "\(path(key))[\(index)]", what, remedy)
  }

  private func wrongType(_ key: String, _ node: ConfigurationNode, _ remedy: String) {
    wrong(key, "\(Quote.text(key)) is \(node.typeName)", remedy)
  }

  func missing(_ key: String, _ remedy: String) {
    findings.add(at: place, "“\(key)” is missing in \(place.isEmpty ? "the file" : "[[\(header())]]")", remedy)
  }

  func has(_ key: String) -> Bool { members[key] != nil }

  func node(_ key: String) -> ConfigurationNode? {
    known.insert(key)
    return members[key]
  }

  /// A string with something in it.
  func string(_ key: String) -> String? {
    switch node(key) {
    case nil: return nil
    case .string("")?: wrong(key, "“\(key)” is empty", "give it a value, or remove it")
    case .string(let text)?:
      if text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) { return text }
      wrong(key, "“\(key)” has a control character", "write its value in one line, without escapes")
    case let other?: wrongType(key, other, "write it as a string: \(key) = \"…\"")
    }
    return nil
  }

  func boolean(_ key: String) -> Bool? {
    switch node(key) {
    case nil: return nil
    case .boolean(let truth)?: return truth
    case let other?: wrongType(key, other, "write true or false, without quotes")
    }
    return nil
  }

  func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    switch node(key) {
    case nil: return nil
    case .integer(let number)? where range.contains(number): return number
    case .integer(let number)?:
      wrong(key, "“\(key)” is \(number)", "choose a number from \(range.lowerBound) to \(range.upperBound)")
    case .fraction?: wrongType(key, .fraction, "write a whole number")
    case let other?: wrongType(key, other, "write a number, without quotes")
    }
    return nil
  }

  /// One string, or a list of them.
  func strings(_ key: String) -> [String]? {
    switch node(key) {
    case nil: return nil
    case .string(let text)?: return [text]
    case .array(let elements)?:
      var texts: [String] = []
      for (index, element) in elements.enumerated() {
        if case .string(let text) = element {
          texts.append(text)
        } else {
          wrong(
            key, at: index, "\(Quote.text(key)) has \(element.typeName) among its values",
            "put quotes around it: all values are strings")
        }
      }
      return texts
    case let other?:
      wrongType(key, other, "put quotes around it, or write a list of strings: \(Quote.safe(key)) = [\"…\"]")
      return nil
    }
  }

  func table(_ key: String) -> TableReader? {
    switch node(key) {
    case nil: return nil
    case .table(let members)?: return TableReader(members, place: path(key), findings: findings)
    case let other?:
      wrongType(key, other, "write it as a table: [\(header(key))]")
      return nil
    }
  }

  func tables(_ key: String) -> [TableReader] {
    let remedy = "write each as a table of its own: [[\(header(key))]]"
    switch node(key) {
    case nil: return []
    case .array(let elements)?:
      return elements.enumerated().compactMap { index, element in
        if case .table(let members) = element {
          return TableReader(members, place: "\(path(key))[\(index)]", findings: findings)
        }
        wrong(key, at: index, "“\(key)” has \(element.typeName) in its list", remedy)
        return nil
      }
    case let other?:
      wrongType(key, other, remedy)
      return []
    }
  }

  /// Call last: whatever was never asked for is unknown.
  func refuseOthers() {
    for key in keys where !known.contains(key) {
      let guess = Spelling.closest(to: key, among: known)
      wrong(
        key, "\(Quote.text(key)) is not a key that is known here",
        guess.map { "did you mean “\($0)”?" } ?? "remove it; known are \(known.sorted().joined(separator: ", "))")
    }
  }
}
