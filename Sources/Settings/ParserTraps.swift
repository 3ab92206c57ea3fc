/// Slips of the finger over which the parser of TOMLKit ends the program: toml++ asserts that they cannot be. So they are
/// looked for before it sees the text.
struct ParserTraps {
  enum Trap: Equatable {
    /// A header whose name cannot begin as it does, as in `[%erve]` (asserted in `parse_key`).
    case header
    /// A list that a brace closes, as in `["a", }` (asserted in `parse_value`).
    case list
  }

  private var cursor: TextCursor
  /// The brackets that are open.
  private var open: [UInt8] = []

  /// The first one, and its line.
  static func first(in text: String) -> (trap: Trap, line: Int)? {
    var traps = ParserTraps(cursor: TextCursor(text))
    while traps.cursor.skipBlanksAndComments() {
      if let trap = traps.next() { return (trap, traps.cursor.line) }
    }
    return nil
  }

  private init(cursor: TextCursor) { self.cursor = cursor }

  private mutating func next() -> Trap? {
    guard cursor.take("[") else { return pair() }
    cursor.skipSpaces()
    if cursor.take("[") { cursor.skipSpaces() }
    if let byte = cursor.peek, !Self.mayBegin(byte) { return .header }
    cursor.skipLine()
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
  private mutating func pair() -> Trap? {
    open = []
    while let byte = cursor.peek {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"): cursor.skipString()
      case UInt8(ascii: "#"): cursor.skipLine()
      case UInt8(ascii: "\n"):
        cursor.advance()
        if open.isEmpty { return nil }
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        open.append(byte)
        cursor.advance()
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        if open.popLast() == UInt8(ascii: "["), byte == UInt8(ascii: "}") { return .list }
        cursor.advance()
      default: cursor.advance()
      }
    }
    return nil
  }
}

extension ParserTraps.Trap {
  var what: String {
    switch self {
    case .header: "not TOML: a table's name cannot begin like this"
    case .list: "not TOML: a list that begins with “[” ends with “}”"
    }
  }

  var remedy: String {
    switch self {
    case .header: "begin it with a letter, as in [sync] or [[source]]"
    case .list: "end it with “]”"
    }
  }
}
