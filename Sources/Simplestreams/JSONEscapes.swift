/// The slow way through a string: one that has escapes. `offset` starts behind the opening quote and ends behind the
/// closing one.
struct JSONEscapes {
  let bytes: UnsafeBufferPointer<UInt8>
  var offset: Int

  mutating func unescaped() throws(JSONError) -> String {
    var text: [UInt8] = []
    while true {
      let byte = try next()
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw error(.invalidUTF8) }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw error(.controlCharacter)
      default: text.append(byte)
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    switch try next() {
    case UInt8(ascii: "\""): text.append(0x22)
    case UInt8(ascii: "\\"): text.append(0x5C)
    case UInt8(ascii: "/"): text.append(0x2F)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try scalar()).utf8))
    default: throw error(.invalidEscape)
    }
  }

  /// RFC 8259 §7: code points beyond U+FFFF come as a surrogate pair; half a pair is no character.
  private mutating func scalar() throws(JSONError) -> Character {
    let first = try unit()
    if let scalar = Unicode.Scalar(first) { return Character(scalar) }
    guard (0xD800..<0xDC00).contains(first), try next() == UInt8(ascii: "\\"), try next() == UInt8(ascii: "u") else {
      throw error(.invalidEscape)
    }
    let second = try unit()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
    else { throw error(.invalidEscape) }
    return Character(scalar)
  }

  private mutating func unit() throws(JSONError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      let digit = try next()
      guard let nibble = Character(Unicode.Scalar(digit)).hexDigitValue, digit < 0x80 else {
        throw error(.invalidEscape)
      }
      value = value << 4 | UInt16(nibble)
    }
    return value
  }

  private mutating func next() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw error(.unexpectedEnd) }
    defer { offset += 1 }
    return bytes[offset]
  }

  private func error(_ fault: JSONError.Fault) -> JSONError { JSONError(fault: fault, offset: offset) }
}
