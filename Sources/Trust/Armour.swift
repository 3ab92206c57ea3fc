/// ASCII armour (RFC 9580 §6), read more strictly than gpg does: what gpg skips, a reader may take for content.
enum Armour {
  struct Block: Equatable {
    /// As in `-----BEGIN PGP PUBLIC KEY BLOCK-----`, without the `PGP`.
    var label: String
    var data: [UInt8]
  }

  enum Fault: Error, Equatable {
    case cutOff
    case damaged
  }

  /// The blocks in a file; text between them is skipped, as people put comments there.
  static func blocks(in bytes: [UInt8]) throws(Fault) -> [Block] {
    var blocks: [Block] = []
    var open: (label: String, lines: [ArraySlice<UInt8>])?
    for raw in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      let line = trimmed(raw)
      if let label = label(of: line, "-----BEGIN PGP ") {
        if open != nil { throw .cutOff }
        open = (label, [])
      } else if let label = label(of: line, "-----END PGP ") {
        guard let block = open, block.label == label else { throw .damaged }
        guard let data = data(of: block.lines) else { throw .damaged }
        blocks.append(Block(label: label, data: data))
        open = nil
      } else {
        open?.lines.append(line)
      }
    }
    if open != nil { throw .cutOff }
    return blocks
  }

  /// What the lines between a block's header and footer stand for: headers, an empty line, Base64, a checksum.
  static func data(of lines: some Sequence<ArraySlice<UInt8>>) -> [UInt8]? {
    var encoded: [UInt8] = []
    var stage = Stage.headers
    for line in lines {
      switch stage {
      case .headers:
        if line.isEmpty { stage = .data } else if !line.contains(UInt8(ascii: ":")) { return nil }
      case .data:
        if line.first == UInt8(ascii: "=") {
          guard line.count == 5 else { return nil }
          stage = .end
        } else {
          encoded += line
        }
      case .end: if !line.isEmpty { return nil }
      }
    }
    return stage == .headers ? nil : Base64.decode(encoded)
  }

  /// Blanks at the ends of lines, and CRLF, mean nothing in OpenPGP's texts.
  static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var line = line
    while let last = line.last, last == 0x20 || last == 0x09 || last == 0x0D { line.removeLast() }
    return line
  }

  private enum Stage { case headers, data, end }

  private static func label(of line: ArraySlice<UInt8>, _ start: String) -> String? {
    let end = "-----"
    guard line.count > start.utf8.count + end.utf8.count, line.starts(with: start.utf8),
      line.suffix(end.utf8.count).elementsEqual(end.utf8)
    else { return nil }
    return String(decoding: line.dropFirst(start.utf8.count).dropLast(end.utf8.count), as: UTF8.self)
  }
}
