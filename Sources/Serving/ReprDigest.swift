import Simplestreams

/// `Repr-Digest` (RFC 9530 §3): the SHA-256 of all the bytes of the selected representation, its content coding
/// included; the same on a part as on the whole.
enum ReprDigest {
  static func of(_ digest: SHA256Digest) -> String { "sha-256=:\(base64(bytes(digest.hex))):" }

  private static func bytes(_ hex: String) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(32)
    var high: UInt8?
    for digit in hex.utf8 {
      let value = digit < 0x3A ? digit - 0x30 : digit - 0x57
      if let upper = high {
        out.append(upper << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return out
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        out.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
