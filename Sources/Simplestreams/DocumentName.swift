/// The names of products, versions and items. They are shown to people, line by line, and stand in reports and logs.
enum DocumentName {
  /// The longest real one has 70 bytes.
  static let byteLimit = 512

  static func check(_ name: String, in place: @autoclosure () -> String) throws(DocumentError) {
    if name.utf8.count > byteLimit { throw DocumentError(place(), "a name is longer than \(byteLimit) bytes") }
    let isPlain = name.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII ? (0x20...0x7E).contains(scalar.value) : !unseen.contains(scalar.properties.generalCategory)
    }
    if !isPlain { throw DocumentError(place(), "a name has characters that cannot be seen") }
  }

  /// Values may have what names may not. Where a report quotes one, it must not begin a line that looks like another entry.
  static func legible(_ text: some StringProtocol) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      scalars.append(unseen.contains(scalar.properties.generalCategory) ? "\u{FFFD}" : scalar)
    }
    return String(scalars)
  }

  private static let unseen: Set<Unicode.GeneralCategory> = [
    .control, .format, .lineSeparator, .paragraphSeparator, .surrogate,
  ]
}
