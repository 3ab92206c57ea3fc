import Glibc

/// What a Host may be (RFC 9112 §3.2): `uri-host [ ":" port ]` of RFC 3986 §3.2. An empty one is allowed.
enum HostName {
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
      return isAddress(HeadBytes.slice(bytes, 1..<end)) && isPort(HeadBytes.slice(bytes, end + 1..<bytes.count))
    }
    var position = 0
    while position < bytes.count, bytes[position] != UInt8(ascii: ":") {
      if bytes[position] == UInt8(ascii: "%") {
        guard position + 2 < bytes.count, isHex(bytes[position + 1]), isHex(bytes[position + 2]) else { return false }
        position += 3
      } else if HeadBytes.isDigit(bytes[position]) || HeadBytes.isLetter(bytes[position]) || isMark(bytes[position]) {
        position += 1
      } else {
        return false
      }
    }
    return isPort(HeadBytes.slice(bytes, position..<bytes.count))
  }

  /// Nothing, or a colon and what may be no digits at all.
  private static func isPort(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.isEmpty
      || bytes[0] == UInt8(ascii: ":") && bytes.count <= 6 && bytes.dropFirst().allSatisfy(HeadBytes.isDigit)
  }

  private static func isAddress(_ bytes: UnsafeRawBufferPointer) -> Bool {
    // Not an in6_addr, of which the compiler cannot tell whether it is Glibc's or NIO's.
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 4) { address in
      inet_pton(AF_INET6, HeadBytes.text(bytes, 0..<bytes.count), address.baseAddress) == 1
    }
  }

  private static func isHex(_ byte: UInt8) -> Bool { HeadBytes.isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }

  private static func isMark(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"),
      UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"),
      UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
