import OrderedCollections

/// Reads RFC 8259 JSON into ordered values, in one pass over the bytes.
///
/// Own code, because the format needs what libraries drop: the order of keys, the text of numbers, and a refusal of
/// duplicate keys (two readers that choose differently would see two documents under one signature).
package struct JSONReader {
  /// Simplestreams needs nine levels; python's reader gives up near a thousand.
  package static let depthLimit = 64

  let bytes: UnsafeBufferPointer<UInt8>
  var offset = 0
  var depth = 0
  /// How many were read.
  var values = 0
  let limit: Int

  package static func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    try read(bytes, limit: ReadingBudget.valueLimit).value
  }

  /// - Parameter limit: how many values there may be; how many there are comes back.
  static func read(_ bytes: [UInt8], limit: Int) throws(JSONError) -> (value: JSONValue, count: Int) {
    try read(bytes, limit: limit) { reader throws(JSONError) in
      let value = try reader.document { reader throws(JSONError) in try reader.value() }
      return (value, reader.values)
    }
  }

  static func read<Value>(
    _ bytes: [UInt8], limit: Int, _ body: (inout JSONReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value {
    let result: Result<Value, JSONError> = bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer, limit: limit)
      do throws(JSONError) { return .success(try body(&reader)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) {
    self.bytes = bytes
    self.limit = limit
  }

  /// What `body` reads, and nothing beside it.
  mutating func document<Value>(_ body: (inout JSONReader) throws(JSONError) -> Value) throws(JSONError) -> Value {
    skipBlanks()
    let value = try body(&self)
    skipBlanks()
    if offset != bytes.count { throw error(.trailingBytes) }
    return value
  }

  mutating func value() throws(JSONError) -> JSONValue {
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
    var members = JSONObject()
    try list { reader throws(JSONError) in
      let (key, start) = try reader.key()
      if members.updateValue(try reader.value(), forKey: key) != nil {
        throw JSONError(fault: .duplicateKey, offset: start)
      }
    }
    return members
  }

  private mutating func array() throws(JSONError) -> [JSONValue] {
    var elements: [JSONValue] = []
    try list { reader throws(JSONError) in elements.append(try reader.value()) }
    return elements
  }

  /// An object or an array, at whose opening bracket we are; `body` reads an element.
  mutating func list(_ body: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
    // ASCII has the closing ones two behind the opening ones.
    let end = try peek() + 2
    try descend()
    defer { depth -= 1 }
    offset += 1
    skipBlanks()
    if try peek() == end {
      offset += 1
      return
    }
    while true {
      skipBlanks()
      try body(&self)
      skipBlanks()
      if try peek() == UInt8(ascii: ",") {
        offset += 1
        continue
      }
      return try expect(end)
    }
  }

  /// A member's key, and where it is. We are at its value then.
  mutating func key() throws(JSONError) -> (String, start: Int) {
    guard try peek() == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
    let start = offset
    let key = try string()
    skipBlanks()
    try expect(UInt8(ascii: ":"))
    skipBlanks()
    return (key, start)
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

  func peek() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw error(.unexpectedEnd) }
    return bytes[offset]
  }

  private mutating func expect(_ wanted: UInt8) throws(JSONError) {
    guard try peek() == wanted else { throw error(.unexpectedByte) }
    offset += 1
  }

  func error(_ fault: JSONError.Fault) -> JSONError { JSONError(fault: fault, offset: offset) }
}
