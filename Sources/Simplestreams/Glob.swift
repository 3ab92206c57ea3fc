/// A shell pattern with `*` (any run) and `?` (any one character). Everything else stands for itself.
package struct Glob: Hashable, Sendable, CustomStringConvertible {
  package let pattern: String
  private let characters: [Character]

  package init(_ pattern: String) {
    self.pattern = pattern
    characters = Array(pattern)
  }

  package var description: String { pattern }

  /// Linear in the text for each star: on a mismatch only the last star is tried one further.
  package func matches(_ text: String) -> Bool {
    let text = Array(text)
    var (at, position) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while position < text.count {
      if at < characters.count, characters[at] == "*" {
        star = (at, position)
        at += 1
      } else if at < characters.count, characters[at] == "?" || characters[at] == text[position] {
        at += 1
        position += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        at = last.pattern + 1
        position = last.text + 1
      } else {
        return false
      }
    }
    return characters[at...].allSatisfy { $0 == "*" }
  }
}
