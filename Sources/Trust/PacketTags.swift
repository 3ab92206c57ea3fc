/// The kinds of OpenPGP packets in some bytes (RFC 9580 §4.2): the frames only, nothing of what they say.
enum PacketTags {
  static let signature: UInt8 = 2
  static let secretKey: UInt8 = 5
  static let publicKey: UInt8 = 6
  static let secretSubkey: UInt8 = 7

  /// `nil` when the bytes are not whole packets from the first to the last. Packets of partial or open length are not:
  /// neither keys nor signatures may have them (§4.2.1.4).
  static func read(_ bytes: some Collection<UInt8>) -> [UInt8]? {
    var tags: [UInt8] = []
    var rest = bytes[...]
    while let head = rest.popFirst() {
      guard head & 0x80 != 0 else { return nil }
      let isNew = head & 0x40 != 0
      guard let length = isNew ? newLength(&rest) : oldLength(&rest, kind: head & 0x03), length <= rest.count else {
        return nil
      }
      tags.append(isNew ? head & 0x3F : (head & 0x3C) >> 2)
      rest = rest.dropFirst(length)
    }
    return tags
  }

  private static func newLength<Bytes: Collection<UInt8>>(
    _ rest: inout Bytes
  ) -> Int? where Bytes.SubSequence == Bytes {
    guard let first = rest.popFirst() else { return nil }
    switch first {
    case 0..<192: return Int(first)
    case 192..<224: return rest.popFirst().map { (Int(first) - 192) << 8 + Int($0) + 192 }
    case 255: return number(&rest, bytes: 4)
    default: return nil
    }
  }

  private static func oldLength<Bytes: Collection<UInt8>>(
    _ rest: inout Bytes, kind: UInt8
  ) -> Int? where Bytes.SubSequence == Bytes {
    kind == 3 ? nil : number(&rest, bytes: 1 << Int(kind))
  }

  private static func number<Bytes: Collection<UInt8>>(
    _ rest: inout Bytes, bytes: Int
  ) -> Int? where Bytes.SubSequence == Bytes {
    var value = 0
    for _ in 0..<bytes {
      guard let byte = rest.popFirst() else { return nil }
      value = value << 8 | Int(byte)
    }
    return value
  }
}
