/// The one spelling of a path that lookups and links use: percent-encoded ASCII. Swift compares strings by canonical
/// equivalence, under which two different paths could be equal; two keys are equal only if their bytes are.
enum PathKey {
  static func of(_ text: String) -> String { of(text.utf8) }

  static func of(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    for byte in bytes {
      if isPlain(byte) {
        out.append(byte)
      } else {
        out += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 0xF)]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Unreserved characters (RFC 3986 §2.3), the slash, and what MAAS sends raw.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default:
      "-._~/:+@,=".utf8.contains(byte)
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}
