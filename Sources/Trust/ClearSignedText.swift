/// The shape of a clear-signed message, checked before gpg sees it.
///
/// gpg skips text around a message and reads several in a row, so a document could carry words that nobody signed
/// (signature wrapping). gpgv, which regions run, rejects less than this; nothing that passes here fails there.
enum ClearSignedText {
  private static let header = "-----BEGIN PGP SIGNED MESSAGE-----"
  private static let signature = "-----BEGIN PGP SIGNATURE-----"
  private static let footer = "-----END PGP SIGNATURE-----"

  /// Why the bytes are not exactly one clear-signed message, or `nil`.
  static func fault(in bytes: [UInt8]) -> String? {
    guard bytes.starts(with: header.utf8) else {
      if contains(header, in: bytes) { return "text stands before the message" }
      // Of a captive portal, a proxy, or a server that answers everything.
      let isPage = bytes.first { !$0.isBlank } == UInt8(ascii: "<")
      return isPage ? "it is a web page; check the address and the proxy" : "it does not begin as a signed message"
    }
    var stage = Stage.start
    var hashes = 0
    var block: [ArraySlice<UInt8>] = []
    for raw in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      let line = Armour.trimmed(raw)
      switch stage {
      case .start:
        guard line.elementsEqual(header.utf8) else { return "its first line goes on behind the header" }
        stage = .headers
      case .headers:
        if line.isEmpty {
          if hashes == 0 { return "it has no Hash: line, which gpgv demands" }
          stage = .text
        } else if line.starts(with: "Hash: ".utf8) {
          hashes += 1
        } else {
          return "it has a header line other than Hash:"
        }
      case .text:
        if line.elementsEqual(signature.utf8) {
          stage = .signature
        } else if line.first == UInt8(ascii: "-"), !line.starts(with: "- ".utf8) {
          // RFC 9580 §7.2: a signer escapes every line that starts with a dash.
          return "a line of its text starts with an unescaped dash"
        }
      case .signature:
        if line.elementsEqual(footer.utf8) {
          stage = .end
        } else if line.starts(with: "-----".utf8) {
          return "its signature block is broken"
        } else {
          block.append(line)
        }
      case .end:
        if !line.isEmpty { return "text stands behind the signature" }
      }
    }
    return stage == .end ? fault(inSignature: block) : "its signature is missing or cut off"
  }

  /// A second message can hide in the block, as packets behind the signature's or in its place.
  private static func fault(inSignature block: [ArraySlice<UInt8>]) -> String? {
    guard let packets = Armour.data(of: block), let tags = PacketTags.read(packets), !tags.isEmpty else {
      return "its signature block is broken"
    }
    return tags.allSatisfy { $0 == PacketTags.signature } ? nil : "its signature block holds more than signatures"
  }

  private enum Stage { case start, headers, text, signature, end }

  private static func contains(_ text: String, in bytes: [UInt8]) -> Bool {
    bytes.split(separator: 0x0A).contains { line in
      String(decoding: line, as: UTF8.self).contains(text)
    }
  }
}

extension UInt8 {
  fileprivate var isBlank: Bool { [0x09, 0x0A, 0x0D, 0x20].contains(self) }
}
