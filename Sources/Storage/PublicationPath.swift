/// Where a publication is served: `ephemeral-v3/stable`. Never empty: MAAS 3.0 to 3.7 asks for
/// `<prefix>streams/v1/index.sjson` first, and adds the slash only on 404.
package struct PublicationPath: Hashable, Sendable, Comparable {
  package let string: String

  /// `nil` when a segment is empty, a dot segment, or has anything but letters, digits, `.`, `_` and `-`.
  package init?(_ text: String) {
    let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
    let segments = trimmed.split(separator: "/", omittingEmptySubsequences: false)
    for segment in segments {
      if segment.isEmpty || segment == "." || segment == ".." { return nil }
      let allowed = segment.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || byte == 0x2D || byte == 0x2E || byte == 0x5F
      }
      if !allowed { return nil }
    }
    string = trimmed
  }

  /// `/` becomes `~`, which no segment has: one flat folder, one name each.
  package var fileName: String { string.split(separator: "/").joined(separator: "~") }

  package init?(fileName: some StringProtocol) {
    self.init(fileName.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "/"))
  }

  package static func < (left: PublicationPath, right: PublicationPath) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }
}

extension PublicationPath: CustomStringConvertible {
  package var description: String { string }
}

extension PublicationPath: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let path = PublicationPath(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "“\(text)” is not a publication path")
    }
    self = path
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(string)
  }
}
