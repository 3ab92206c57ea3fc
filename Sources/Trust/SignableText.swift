/// What can be clear-signed and come back as it was.
///
/// RFC 9580 §7.2 leaves blanks at the ends of lines out of the signature, and gpg drops them, closes an open last line,
/// and cuts a line of more than 19,993 bytes: it would sign, without a word, a document that nobody wrote.
enum SignableText {
  static let longestLine = 19_000

  /// Why a text would not come back byte for byte, or `nil`.
  static func fault(in text: [UInt8]) -> String? {
    guard text.last == 0x0A else { return "it does not end with a line feed" }
    var start = 0
    // Line by line, and no list of them: that of a document would be larger than the document.
    while start < text.count, let end = text[start...].firstIndex(of: 0x0A) {
      if end - start > longestLine { return "a line of it has more than \(longestLine) bytes" }
      if end > start, isBlank(text[end - 1]) { return "a line of it ends with a blank" }
      start = end + 1
    }
    return nil
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0D, 0x00: true
    default: false
    }
  }
}
