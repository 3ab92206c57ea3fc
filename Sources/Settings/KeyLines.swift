/// Finds the line of every key in TOML text. TOMLKit stays the parser; it tells lines only for syntax errors, and an
/// operator needs them for every mistake. Runs on text that TOMLKit has accepted.
struct KeyLines {
  private var cursor: TextCursor
  private var lines: [String: Int] = [:]
  /// From the path of an array of tables to the index of its last one.
  private var last: [String: Int] = [:]

  /// From a key path such as `source[1].select[0].os` to its line, from 1. What holds a key is there too, with the
  /// line where it is first named.
  static func locate(in text: String) -> [String: Int] {
    var scanner = KeyLines(cursor: TextCursor(text))
    scanner.document()
    return scanner.lines
  }

  /// The path of a key in what holds it. A key that would read as a path itself stands in quotes.
  static func path(_ key: String, in place: String) -> String {
    let step = key.contains(where: { ".[]\"".contains($0) }) ? "\"\(key)\"" : key
    return place.isEmpty ? step : "\(place).\(step)"
  }

  private init(cursor: TextCursor) { self.cursor = cursor }

  private mutating func document() {
    var table = ""
    while cursor.skipBlanksAndComments() {
      if cursor.take("[[") {
        let path = header()
        let index = last[path, default: -1] + 1
        last[path] = index
        table = "\(path)[\(index)]"
        note(table)
        cursor.skipLine()
      } else if cursor.take("[") {
        table = header()
        cursor.skipLine()
      } else {
        pair(in: table)
      }
    }
  }

  private mutating func note(_ path: String) { if lines[path] == nil { lines[path] = cursor.line } }

  /// In `[source.select]` the last `[[source]]` is meant.
  private mutating func header() -> String {
    var path = ""
    for part in key() {
      if let index = last[path] { path += "[\(index)]" }
      path = Self.path(part, in: path)
      note(path)
    }
    return path
  }

  private mutating func pair(in table: String) {
    let start = cursor.offset
    var path = table
    for part in key() {
      path = Self.path(part, in: path)
      note(path)
    }
    _ = cursor.take("=")
    cursor.skipSpaces()
    value(of: path)
    // Whatever the text is, the scan ends.
    if cursor.offset == start { cursor.advance() }
  }

  private mutating func key() -> [String] {
    var parts: [String] = []
    repeat {
      cursor.skipSpaces()
      let start = cursor.offset
      if let byte = cursor.peek, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        cursor.skipString()
        parts.append(cursor.string(from: start + 1, to: cursor.offset - 1))
      } else {
        cursor.skip { !" \t.=]\r\n".utf8.contains($0) }
        parts.append(cursor.string(from: start, to: cursor.offset))
      }
      cursor.skipSpaces()
    } while cursor.take(".")
    return parts
  }

  private mutating func value(of path: String) {
    switch cursor.peek {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): cursor.skipString()
    case UInt8(ascii: "["):
      cursor.advance()
      var index = 0
      while cursor.skipBlanksAndComments(), !cursor.take("]") {
        if cursor.take(",") { continue }
        let start = cursor.offset
        note("\(path)[\(index)]")
        value(of: "\(path)[\(index)]")
        if cursor.offset == start { cursor.advance() }
        index += 1
      }
    case UInt8(ascii: "{"):
      cursor.advance()
      while cursor.skipBlanksAndComments(), !cursor.take("}") {
        if !cursor.take(",") { pair(in: path) }
      }
    default: cursor.skip { !",]}#\r\n".utf8.contains($0) }
    }
  }
}
