/// Looks through TOML text for table headers whose name cannot begin as it does, as in `[%erve]`. TOMLKit's parser takes
/// for granted that it can (`parse_key` of toml++ asserts it), and ends the program over such a slip of the finger.
enum TableHeaders {
  /// The line of the first one.
  static func fault(in text: String) -> Int? {
    var cursor = TextCursor(text)
    while cursor.skipBlanksAndComments() {
      if cursor.take("[") {
        cursor.skipSpaces()
        if cursor.take("[") { cursor.skipSpaces() }
        if let byte = cursor.peek, !mayBegin(byte) { return cursor.line }
        cursor.skipLine()
      } else {
        skipPair(&cursor)
      }
    }
    return nil
  }

  /// A bare key, a quoted one, or what the parser refuses by itself.
  private static func mayBegin(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_\"']".utf8.contains(byte)
    }
  }

  /// A key and its value: to the end of the line, or of the list or table that goes over several.
  private static func skipPair(_ cursor: inout TextCursor) {
    var depth = 0
    while let byte = cursor.peek {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"): cursor.skipString()
      case UInt8(ascii: "#"): cursor.skipLine()
      case UInt8(ascii: "\n"):
        cursor.advance()
        if depth <= 0 { return }
      default:
        if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
        if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth -= 1 }
        cursor.advance()
      }
    }
  }
}
