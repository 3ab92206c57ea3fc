@testable import Trust

/// The framing of signatures and keys, which is looked at before gpg sees it.
enum TrustFuzzing {
  static func signed(_ bytes: [UInt8]) {
    let isWhole = ClearSignedText.fault(in: bytes) == nil
    // Whatever follows a message is either nothing to speak of, or a fault.
    if isWhole { precondition(ClearSignedText.fault(in: bytes + Array("\n{}\n".utf8)) != nil) }
    if isWhole { precondition(ClearSignedText.fault(in: Array("{}\n".utf8) + bytes) != nil) }
    _ = try? DetachedSignature.packets(in: bytes, of: "a document")
    _ = try? SignableText.fault(in: bytes)
  }

  static func keyring(_ bytes: [UInt8]) {
    guard let packets = try? KeyringFile.packets(of: bytes, name: "a keyring") else { return }
    guard let tags = PacketTags.read(packets) else { preconditionFailure("packets that are none") }
    precondition(!tags.contains(PacketTags.secretKey) && tags.contains(PacketTags.publicKey))
  }
}
