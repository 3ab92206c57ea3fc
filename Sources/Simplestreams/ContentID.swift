/// The name of a products file: `com.ubuntu.maas:stable:v3:download`. It becomes a file name, so it is checked like one.
package struct ContentID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let string: String

  static let byteLimit = 200

  /// `nil` for anything that is not a single, plain path segment.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.byteLimit, !text.isEmpty, text != ".", text != "..", !text.hasPrefix("index.") else {
      return nil
    }
    for byte in text.utf8 where byte < 0x21 || byte > 0x7E { return nil }
    if text.utf8.contains(where: { "/\\?#%\"<>".utf8.contains($0) }) { return nil }
    if text == "index" { return nil }
    string = text
  }

  private init(extending id: ContentID, by suffix: String) {
    // All of it is ASCII; what is cut off at the end makes room, and no other name out of it.
    string = id.string.prefix(Self.byteLimit - suffix.utf8.count) + suffix
  }

  /// A name made from this one that is none of those given.
  package func extended(by word: String, besides others: Set<ContentID>) -> ContentID {
    var name = ContentID(extending: self, by: ":\(word)")
    var number = 2
    while others.contains(name) {
      name = ContentID(extending: self, by: ":\(word):\(number)")
      number += 1
    }
    return name
  }

  package static func < (left: ContentID, right: ContentID) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }

  package var description: String { string }
}
