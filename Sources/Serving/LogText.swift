/// Text that a client chose, made safe for a line of a log: it can neither end the line nor its quotation marks, nor
/// write on the terminal of who reads it, and is not longer than a line should be.
enum LogText {
  static let limit = 2048

  /// Without the query, and without what stands before the path: that is where credentials and tokens are sent.
  static func target(_ target: String) -> String {
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
    for byte in text.utf8.prefix(limit) {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
      case 0x20...0x7E: out.append(byte)
      default: out += [UInt8(ascii: "\\"), UInt8(ascii: "x"), hex(byte >> 4), hex(byte & 0xF)]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// A JSON string, with its quotation marks, in ASCII.
  static func json(_ text: String) -> String {
    var out = [UInt8(ascii: "\"")]
    for unit in text.utf16.prefix(limit) {
      switch unit {
      case 0x22, 0x5C: out += [0x5C, UInt8(unit)]
      case 0x20...0x7E: out.append(UInt8(unit))
      default:
        let digits = [12, 8, 4, 0].map { hex(UInt8(unit >> UInt16($0) & 0xF)) }
        out += [0x5C, UInt8(ascii: "u")] + digits
      }
    }
    out.append(UInt8(ascii: "\""))
    return String(decoding: out, as: UTF8.self)
  }

  /// Nanoseconds as seconds with three digits.
  static func seconds(_ nanoseconds: Int64) -> String {
    let thousandths = max(0, nanoseconds) / 1_000_000
    let rest = String(thousandths % 1000)
    return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }

  private static func hex(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
