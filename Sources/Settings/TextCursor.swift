/// Goes through TOML text byte by byte and counts the lines. Knows what strings, blanks and comments look like, and
/// nothing of tables.
struct TextCursor {
  private let text: [UInt8]
  private(set) var offset = 0
  /// From 1.
  private(set) var line = 1

  init(_ text: String) {
    self.text = Array(text.utf8)
    // A byte order mark is no part of the first key.
    _ = take("\u{FEFF}")
  }

  var peek: UInt8? { offset < text.count ? text[offset] : nil }

  func string(from start: Int, to end: Int) -> String { String(decoding: text[start..<max(start, end)], as: UTF8.self) }

  mutating func advance() {
    guard let byte = peek else { return }
    if byte == UInt8(ascii: "\n") { line += 1 }
    offset += 1
  }

  mutating func take(_ word: String) -> Bool {
    guard text[offset...].starts(with: word.utf8) else { return false }
    offset += word.utf8.count
    return true
  }

  mutating func skip(while isWanted: (UInt8) -> Bool) { while let byte = peek, isWanted(byte) { advance() } }
  mutating func skipSpaces() { skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }
  mutating func skipLine() { skip { $0 != UInt8(ascii: "\n") } }

  /// Whether anything is left.
  mutating func skipBlanksAndComments() -> Bool {
    while let byte = peek {
      if byte == UInt8(ascii: "#") {
        skipLine()
      } else if " \t\r\n".utf8.contains(byte) {
        advance()
      } else {
        return true
      }
    }
    return false
  }

  /// Stands behind the string that begins here.
  mutating func skipString() {
    guard let quote = peek else { return }
    let fence = String(repeating: Character(Unicode.Scalar(quote)), count: 3)
    let isLong = take(fence)
    if !isLong { advance() }
    while let byte = peek {
      if byte == quote {
        if !isLong { return advance() }
        // One or two quotes may stand right before the three that end it.
        let start = offset
        while peek == quote, offset - start < 5 { advance() }
        if offset - start >= 3 { return }
      } else {
        if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") { advance() }
        advance()
      }
    }
  }
}
