/// A signature that lies beside its document, checked before gpg sees it.
///
/// gpg takes whole messages in this place as well. One that carries a text of its own, validly signed, has no business
/// beside ours: which of the two texts gpg then speaks of depends on its version.
enum DetachedSignature {
  /// The binary signature packets, and nothing else.
  static func packets(in bytes: [UInt8], of object: String) throws(TrustError) -> [UInt8] {
    let packets = try binary(bytes, of: object)
    guard let tags = PacketTags.read(packets) else {
      throw .malformedSignature(object: object, reason: "it is cut off or damaged")
    }
    guard !tags.isEmpty else { throw .notSigned(object: object) }
    guard tags.allSatisfy({ $0 == PacketTags.signature }) else {
      throw .malformedSignature(object: object, reason: "it holds more than signatures")
    }
    return packets
  }

  private static func binary(_ bytes: [UInt8], of object: String) throws(TrustError) -> [UInt8] {
    guard let first = bytes.first else { throw .notSigned(object: object) }
    if first & 0x80 != 0 { return bytes }
    let blocks: [Armour.Block]
    do throws(Armour.Fault) {
      blocks = try Armour.blocks(in: bytes)
    } catch {
      throw .malformedSignature(object: object, reason: "it is cut off or damaged")
    }
    guard let block = blocks.first else { throw .notSigned(object: object) }
    guard blocks.count == 1, block.label == "SIGNATURE" else {
      throw .malformedSignature(object: object, reason: "it holds more than signatures")
    }
    return block.data
  }
}
