/// Finds the line of every key in TOML text. TOMLKit stays the parser; it tells lines only for syntax errors, and an
/// operator needs them for every mistake. Runs on text that TOMLKit has accepted.
struct KeyLines {
  /// From a key path such as `source[1].select[0].os` to its line, from 1.
  private(set) var lines: [String: Int] = [:]
  private var text: [UInt8]
  private var offset = 0
  private var line = 1
  private var counts: [String: Int] = [:]

  static func locate(in text: String) -> [String: Int] {
    var scanner = KeyLines(text: Array(text.utf8))
    scanner.document()
    return scanner.lines
  }

  private init(text: [UInt8]) { self.text = text }

  private mutating func document() {
    var prefix = ""
    while skipBlanksAndComments() {
      if take("[[") {
        let key = path(self.key())
        let index = counts[key, default: -1] + 1
        counts[key] = index
        prefix = "\(key)[\(index)]"
        note(prefix)
        skipLine()
      } else if take("[") {
        prefix = path(self.key())
        note(prefix)
        skipLine()
      } else {
        pair(under: prefix)
      }
    }
  }

  private mutating func pair(under prefix: String) {
    let start = offset
    let key = (prefix.isEmpty ? [] : [prefix]) + self.key()
    let name = key.joined(separator: ".")
    note(name)
    _ = take("=")
    skipSpaces()
    value(of: name)
    if offset == start { offset += 1 }
  }

  /// In `[source.select]` the last `[[source]]` is meant.
  private func path(_ parts: [String]) -> String {
    var path = ""
    for (position, part) in parts.enumerated() {
      path += path.isEmpty ? part : ".\(part)"
      if position < parts.count - 1, let index = counts[path] { path += "[\(index)]" }
    }
    return path
  }

  private mutating func note(_ key: String) { if lines[key] == nil { lines[key] = line } }

  private mutating func key() -> [String] {
    var parts: [String] = []
    while true {
      skipSpaces()
      guard let byte = peek else { return parts }
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        let start = offset + 1
        string()
        parts.append(String(decoding: text[start..<max(start, offset - 1)], as: UTF8.self))
      } else {
        let start = offset
        while let byte = peek, !" \t.=]\n\r".utf8.contains(byte) { offset += 1 }
        parts.append(String(decoding: text[start..<offset], as: UTF8.self))
      }
      skipSpaces()
      if !take(".") { return parts }
    }
  }

  private mutating func value(of name: String) {
    switch peek {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): string()
    case UInt8(ascii: "["):
      offset += 1
      var index = 0
      while skipBlanksAndComments(), !take("]") {
        if take(",") { continue }
        note("\(name)[\(index)]")
        let start = offset
        value(of: "\(name)[\(index)]")
        if offset == start { offset += 1 }
        index += 1
      }
    case UInt8(ascii: "{"):
      offset += 1
      while skipBlanksAndComments(), !take("}") {
        if !take(",") { pair(under: name) }
      }
    default:
      while let byte = peek, !",]}#\n\r".utf8.contains(byte) { offset += 1 }
    }
  }

  private mutating func string() {
    guard let quote = peek else { return }
    let triple = offset + 2 < text.count && text[offset + 1] == quote && text[offset + 2] == quote
    offset += triple ? 3 : 1
    while let byte = peek {
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        offset += 2
        continue
      }
      if byte == 0x0A { line += 1 }
      if byte == quote {
        if !triple {
          offset += 1
          return
        }
        if offset + 2 < text.count, text[offset + 1] == quote, text[offset + 2] == quote {
          offset += 3
          return
        }
      }
      offset += 1
    }
  }

  private var peek: UInt8? { offset < text.count ? text[offset] : nil }

  private mutating func take(_ word: String) -> Bool {
    guard text[min(offset, text.count)...].starts(with: word.utf8) else { return false }
    offset += word.utf8.count
    return true
  }

  private mutating func skipSpaces() { while let byte = peek, byte == 0x20 || byte == 0x09 { offset += 1 } }
  private mutating func skipLine() { while let byte = peek, byte != 0x0A { _ = byte; offset += 1 } }

  /// Whether anything is left.
  private mutating func skipBlanksAndComments() -> Bool {
    while let byte = peek {
      if byte == 0x0A { line += 1 }
      if byte == UInt8(ascii: "#") {
        skipLine()
      } else if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
        offset += 1
      } else {
        return true
      }
    }
    return false
  }
}
