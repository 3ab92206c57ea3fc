/// Reads one table's keys with their types, and collects what is wrong instead of stopping at it.
final class TableReader {
  /// The problems of a whole file, in the order they were found.
  final class Findings {
    let file: String
    let lines: [String: Int]
    private(set) var problems: [SettingsError.Problem] = []

    init(file: String, lines: [String: Int]) { (self.file, self.lines) = (file, lines) }

    func add(at key: String, _ what: String, _ remedy: String) {
      problems.append(.init(file: file, line: lines[key], what: what, remedy: remedy))
    }
  }

  let findings: Findings
  /// The table's own key path; empty for the top.
  let place: String
  private let members: [String: ConfigurationNode]
  private var known: Set<String> = []

  init(_ members: [String: ConfigurationNode], place: String, findings: Findings) {
    (self.members, self.place, self.findings) = (members, place, findings)
  }

  var line: Int? { findings.lines[place] }
  var keys: [String] { members.keys.sorted { (line(of: $0), $0) < (line(of: $1), $1) } }

  private func line(of key: String) -> Int { findings.lines[path(key)] ?? .max }
  func path(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

  func wrong(_ key: String, _ what: String, _ remedy: String) { findings.add(at: path(key), what, remedy) }

  func missing(_ key: String, _ remedy: String) {
    let name = place.isEmpty ? "the file" : "[[\(place.prefix { $0 != "[" })]]"
    findings.add(at: place, "“\(key)” is missing in \(name)", remedy)
  }

  func has(_ key: String) -> Bool { members[key] != nil }

  func node(_ key: String) -> ConfigurationNode? {
    known.insert(key)
    return members[key]
  }

  func string(_ key: String) -> String? {
    switch node(key) {
    case nil: return nil
    case .string(let text)?: return text
    case let other?:
      wrong(key, "“\(key)” is \(other.typeName)", "write it as a string: \(key) = \"…\"")
      return nil
    }
  }

  func boolean(_ key: String) -> Bool? {
    switch node(key) {
    case nil: return nil
    case .boolean(let truth)?: return truth
    case let other?:
      wrong(key, "“\(key)” is \(other.typeName)", "write true or false, without quotes")
      return nil
    }
  }

  func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    switch node(key) {
    case nil: return nil
    case .integer(let number)? where range.contains(number): return number
    case .integer(let number)?:
      wrong(key, "“\(key)” is \(number)", "choose a number from \(range.lowerBound) to \(range.upperBound)")
    case let other?:
      wrong(key, "“\(key)” is \(other.typeName)", "write a number, without quotes")
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
      for (position, element) in elements.enumerated() {
        if case .string(let text) = element {
          texts.append(text)
        } else {
          findings.add(
            at: "\(path(key))[\(position)]", "“\(key)” has \(element.typeName) among its values",
            "put quotes around it: all values are strings")
        }
      }
      return texts
    case let other?:
      wrong(key, "“\(key)” is \(other.typeName)", "write a string or a list of strings: \(key) = [\"…\"]")
      return nil
    }
  }

  func table(_ key: String) -> TableReader? {
    switch node(key) {
    case nil: return nil
    case .table(let members)?: return TableReader(members, place: path(key), findings: findings)
    case let other?:
      wrong(key, "“\(key)” is \(other.typeName)", "write it as a table: [\(key)]")
      return nil
    }
  }

  func tables(_ key: String) -> [TableReader] {
    let remedy = "write each as a table of its own: [[\(key)]]"
    switch node(key) {
    case nil: return []
    case .array(let elements)?:
      return elements.enumerated().compactMap { position, element in
        if case .table(let members) = element {
          return TableReader(members, place: "\(path(key))[\(position)]", findings: findings)
        }
        wrong(key, "“\(key)” has \(element.typeName) in its list", remedy)
        return nil
      }
    case let other?:
      wrong(key, "“\(key)” is \(other.typeName)", remedy)
      return []
    }
  }

  /// Call last: whatever was never asked for is unknown.
  func refuseOthers() {
    for key in keys where !known.contains(key) {
      let guess = Spelling.closest(to: key, among: known)
      wrong(
        key, "“\(key)” is not a key that is known here",
        guess.map { "did you mean “\($0)”?" } ?? "remove it; known are \(known.sorted().joined(separator: ", "))")
    }
  }
}
