import OrderedCollections

/// Reads RFC 8259 JSON into ordered values, in one pass over the bytes.
///
/// Own code, because the format needs what libraries drop: the order of keys, the text of numbers, and a refusal of
/// duplicate keys (two readers that choose differently would see two documents under one signature).
package struct JSONReader {
  /// Simplestreams needs nine levels; python's reader gives up near a thousand.
  package static let depthLimit = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var offset = 0
  private var depth = 0
  private var values = 0
  private let limit: Int

  package static func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    try read(bytes, limit: ReadingBudget.valueLimit).value
  }

  /// - Parameter limit: how many values there may be; how many there are comes back.
  static func read(_ bytes: [UInt8], limit: Int) throws(JSONError) -> (value: JSONValue, count: Int) {
    let result: Result<(value: JSONValue, count: Int), JSONError> = bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer, limit: limit)
      do throws(JSONError) { return .success((try reader.document(), reader.values)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) {
    self.bytes = bytes
    self.limit = limit
  }

  private mutating func document() throws(JSONError) -> JSONValue {
    skipBlanks()
    let value = try value()
    skipBlanks()
    if offset != bytes.count { throw error(.trailingBytes) }
    return value
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    values += 1
    if values > limit { throw error(.tooMany) }
    switch try peek() {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func object() throws(JSONError) -> JSONObject {
    try descend()
    defer { depth -= 1 }
    offset += 1
    skipBlanks()
    var members = JSONObject()
    if try peek() == UInt8(ascii: "}") {
      offset += 1
      return members
    }
    while true {
      skipBlanks()
      guard try peek() == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
      let start = offset
      let key = try string()
      skipBlanks()
      try expect(UInt8(ascii: ":"))
      skipBlanks()
      if members.updateValue(try value(), forKey: key) != nil {
        throw JSONError(fault: .duplicateKey, offset: start)
      }
      skipBlanks()
      if try peek() == UInt8(ascii: ",") {
        offset += 1
        continue
      }
      try expect(UInt8(ascii: "}"))
      return members
    }
  }

  private mutating func array() throws(JSONError) -> [JSONValue] {
    try descend()
    defer { depth -= 1 }
    offset += 1
    skipBlanks()
    var elements: [JSONValue] = []
    if try peek() == UInt8(ascii: "]") {
      offset += 1
      return elements
    }
    while true {
      skipBlanks()
      elements.append(try value())
      skipBlanks()
      if try peek() == UInt8(ascii: ",") {
        offset += 1
        continue
      }
      try expect(UInt8(ascii: "]"))
      return elements
    }
  }

  private mutating func string() throws(JSONError) -> String {
    let start = offset + 1
    var end = start
    // Nearly every string is plain: find its end, then make it in one go.
    while end < bytes.count {
      let byte = bytes[end]
      if byte == UInt8(ascii: "\"") {
        guard let text = String(validating: bytes[start..<end], as: UTF8.self) else { throw error(.invalidUTF8) }
        offset = end + 1
        return text
      }
      if byte == UInt8(ascii: "\\") { break }
      if byte < 0x20 { throw JSONError(fault: .controlCharacter, offset: end) }
      end += 1
    }
    var escapes = JSONEscapes(bytes: bytes, offset: start)
    let text = try escapes.unescaped()
    offset = escapes.offset
    return text
  }

  private mutating func number() throws(JSONError) -> String {
    let start = offset
    func digits() -> Int {
      let first = offset
      while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) { offset += 1 }
      return offset - first
    }
    if byte(UInt8(ascii: "-")) { offset += 1 }
    let leadingZero = byte(UInt8(ascii: "0"))
    let whole = digits()
    if whole == 0 { throw JSONError(fault: start == offset ? .unexpectedByte : .invalidNumber, offset: start) }
    if leadingZero && whole > 1 { throw JSONError(fault: .invalidNumber, offset: start) }
    if byte(UInt8(ascii: ".")) {
      offset += 1
      if digits() == 0 { throw JSONError(fault: .invalidNumber, offset: start) }
    }
    if byte(UInt8(ascii: "e")) || byte(UInt8(ascii: "E")) {
      offset += 1
      if byte(UInt8(ascii: "+")) || byte(UInt8(ascii: "-")) { offset += 1 }
      if digits() == 0 { throw JSONError(fault: .invalidNumber, offset: start) }
    }
    if offset - start > 64 { throw JSONError(fault: .invalidNumber, offset: start) }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let count = text.utf8CodeUnitCount
    guard offset + count <= bytes.count else { throw error(.unexpectedEnd) }
    for index in 0..<count where bytes[offset + index] != text.utf8Start[index] { throw error(.unexpectedByte) }
    offset += count
    return value
  }

  private mutating func descend() throws(JSONError) {
    depth += 1
    if depth > Self.depthLimit { throw error(.tooDeep) }
  }

  private mutating func skipBlanks() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }

  private func byte(_ wanted: UInt8) -> Bool { offset < bytes.count && bytes[offset] == wanted }

  private func peek() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw error(.unexpectedEnd) }
    return bytes[offset]
  }

  private mutating func expect(_ wanted: UInt8) throws(JSONError) {
    guard try peek() == wanted else { throw error(.unexpectedByte) }
    offset += 1
  }

  private func error(_ fault: JSONError.Fault) -> JSONError { JSONError(fault: fault, offset: offset) }
}
