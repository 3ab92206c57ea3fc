/// What can be clear-signed and come back as it was.
///
/// RFC 9580 §7.2 leaves blanks at the ends of lines out of the signature, and gpg drops them, closes an open last line,
/// and cuts a line of more than 19,993 bytes: it would sign, without a word, a document that nobody wrote.
enum SignableText {
  static let longestLine = 19_000

  /// Why a text would not come back byte for byte, or `nil`.
  static func fault(in text: any ByteSource) throws -> String? {
    var piece = [UInt8](repeating: 0, count: pieceLength)
    var (position, length, last) = (0, 0, UInt8(0))
    while true {
      let count = try piece.withUnsafeMutableBytes { try text.read(at: position, into: $0) }
      for byte in piece[..<count] {
        if byte != 0x0A {
          length += 1
        } else {
          if length > longestLine { return "a line of it has more than \(longestLine) bytes" }
          if length > 0, isBlank(last) { return "a line of it ends with a blank" }
          length = 0
        }
        last = byte
      }
      position += count
      if count < piece.count { break }
    }
    return position > 0 && last == 0x0A ? nil : "it does not end with a line feed"
  }

  private static let pieceLength = 64 << 10

  private static func isBlank(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0D, 0x00: true
    default: false
    }
  }
}
