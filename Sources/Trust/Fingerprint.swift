/// The fingerprint of an OpenPGP key: 40 hexadecimal digits (version 4), or 64 (versions 5 and 6).
package struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
  /// Upper case, without spaces.
  package let hex: String

  package init?(_ text: String) {
    var digits = text.filter { $0 != " " && $0 != ":" }.uppercased()
    if digits.hasPrefix("0X") { digits.removeFirst(2) }
    // ASCII only: `Character.isHexDigit` takes full-width digits too, which name no key and look like one.
    guard digits.utf8.count == 40 || digits.utf8.count == 64, digits.utf8.allSatisfy(Self.isHexDigit) else {
      return nil
    }
    hex = digits
  }

  /// The key id.
  package var short: String { String(hex.suffix(16)) }
  package var description: String { hex }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
    default: false
    }
  }
}
