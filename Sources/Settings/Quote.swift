/// Shows a text of the configuration inside a message.
enum Quote {
  /// In quotation marks. An address may stand where none belongs, so what may be a password in it is not shown; nor are
  /// control characters, with which a file could write on an operator's terminal.
  static func text(_ text: String) -> String { "“\(safe(text))”" }

  /// The same without the quotation marks.
  static func safe(_ text: String) -> String { printable(withoutSecrets(text)) }

  private static func withoutSecrets(_ text: String) -> String {
    let scheme = text.firstRange(of: "://")
    var text = text
    if let scheme, let query = text[scheme.upperBound...].firstIndex(of: "?") {
      text = text[...query] + "***"
    }
    // `user:password@host`, with a scheme before it or without.
    guard let at = text.lastIndex(of: "@"), text[..<at].contains(":") else { return text }
    let start = text.firstRange(of: "://").map(\.upperBound) ?? text.startIndex
    return start <= at ? "\(text[..<start])***\(text[at...])" : "***\(text[at...])"
  }

  private static func printable(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(200) {
      let category = scalar.properties.generalCategory
      let isUnseen = category == .control || category == .format || category == .lineSeparator
      scalars.append(isUnseen ? "\u{FFFD}" : scalar)
    }
    return String(scalars) + (text.unicodeScalars.count > 200 ? "…" : "")
  }
}
