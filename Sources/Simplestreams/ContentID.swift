/// The name of a products file: `com.ubuntu.maas:stable:v3:download`. It becomes a file name, so it is checked like one.
package struct ContentID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let string: String

  /// `nil` for anything that is not a single, plain path segment.
  package init?(_ text: String) {
    guard text.utf8.count <= 200, !text.isEmpty, text != ".", text != "..", !text.hasPrefix("index.") else {
      return nil
    }
    for byte in text.utf8 where byte < 0x21 || byte > 0x7E { return nil }
    if text.utf8.contains(where: { "/\\?#%\"<>".utf8.contains($0) }) { return nil }
    if text == "index" { return nil }
    string = text
  }

  package static func < (left: ContentID, right: ContentID) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }

  package var description: String { string }
}
