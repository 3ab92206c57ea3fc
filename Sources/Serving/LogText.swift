/// Text that a client chose, made safe for a line of a log: it can neither end the line nor its quotation marks, nor
/// write on the terminal of who reads it, and is not longer than a line should be.
enum LogText {
  static let limit = 2048

  /// Gives the part of a target that may be written: without the query, and without what stands before the path. That is
  /// where credentials and tokens are sent.
  static func withTarget(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
    let isPath = bytes.first == UInt8(ascii: "/")
    if isPath, !bytes.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) { return body(bytes) }
    var text = harmlessTarget(String(decoding: bytes, as: UTF8.self))
    text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }

  private static func harmlessTarget(_ target: String) -> String {
    var rest = target[...]
    if !rest.hasPrefix("/"), let scheme = rest.firstRange(of: "://") {
      rest = rest[scheme.upperBound...]
      rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    guard let query = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) else { return String(rest) }
    return "\(rest[..<query])?***"
  }

  static func escaped(_ text: String) -> String {
    var out: [UInt8] = []
    var text = text
    text.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0), to: &out) }
    return String(decoding: out, as: UTF8.self)
  }

  static func appendEscaped(_ bytes: UnsafeRawBufferPointer, to out: inout [UInt8]) {
    let bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(limit))
    if bytes.allSatisfy(isHarmless) { return out.append(contentsOf: bytes) }
    for byte in bytes {
      if isHarmless(byte) {
        out.append(byte)
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        out += [UInt8(ascii: "\\"), byte]
      } else {
        out += [UInt8(ascii: "\\"), UInt8(ascii: "x"), hex(byte >> 4), hex(byte & 0xF)]
      }
    }
  }

  /// A JSON string, with its quotation marks, in ASCII.
  static func json(_ text: String) -> String {
    var out: [UInt8] = []
    var text = text
    text.withUTF8 { appendJSON(UnsafeRawBufferPointer($0), to: &out) }
    return String(decoding: out, as: UTF8.self)
  }

  static func appendJSON(_ bytes: UnsafeRawBufferPointer, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    if bytes.count <= limit, bytes.allSatisfy(isHarmless) {
      out.append(contentsOf: bytes)
    } else {
      for unit in String(decoding: bytes, as: UTF8.self).utf16.prefix(limit) { append(unit, to: &out) }
    }
    out.append(UInt8(ascii: "\""))
  }

  private static func append(_ unit: UInt16, to out: inout [UInt8]) {
    switch unit {
    case 0x22, 0x5C: out += [0x5C, UInt8(unit)]
    case 0x20...0x7E: out.append(UInt8(unit))
    default: out += [0x5C, UInt8(ascii: "u")] + [12, 8, 4, 0].map { hex(UInt8(unit >> UInt16($0) & 0xF)) }
    }
  }

  /// Nanoseconds as seconds with three digits.
  static func appendSeconds(_ nanoseconds: Int64, to out: inout [UInt8]) {
    let thousandths = max(0, nanoseconds) / 1_000_000
    appendDecimal(thousandths / 1000, to: &out)
    out.append(UInt8(ascii: "."))
    for unit: Int64 in [100, 10, 1] { out.append(UInt8(ascii: "0") + UInt8(thousandths / unit % 10)) }
  }

  static func appendDecimal(_ number: Int64, to out: inout [UInt8]) {
    if number >= 10 { appendDecimal(number / 10, to: &out) }
    out.append(UInt8(ascii: "0") + UInt8(number % 10))
  }

  private static func isHarmless(_ byte: UInt8) -> Bool {
    (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private static func hex(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
