/// What is wrong with a whole file, in the order it was found.
final class Findings {
  let file: String
  private let lines: [String: Int]
  private(set) var problems: [SettingsError.Problem] = []

  init(file: String, lines: [String: Int]) { (self.file, self.lines) = (file, lines) }

  func add(at path: String, _ what: String, _ remedy: String) {
    problems.append(.init(file: file, line: line(of: path), what: what, remedy: remedy))
  }

  /// The line of a key, or of the nearest table around it: a problem in a file has a line if there is one at all.
  func line(of path: String) -> Int? {
    var path = path[...]
    while !path.isEmpty {
      if let line = lines[String(path)] { return line }
      path = path[..<(path.lastIndex { $0 == "." || $0 == "[" } ?? path.startIndex)]
    }
    return nil
  }

  var error: SettingsError? {
    if problems.isEmpty { return nil }
    let sorted = problems.enumerated().sorted {
      ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
    }
    return SettingsError(problems: sorted.map(\.element))
  }
}
