/// What a server said to recognise a version of a document by (RFC 9110 §8.8), kept to ask “still this one?”.
package struct Validators: Hashable, Sendable, Codable {
  /// As received, quotes and `W/` included.
  package var entityTag: String?
  /// As received: some servers compare the text, not the date.
  package var lastModified: String?

  package init(entityTag: String? = nil, lastModified: String? = nil) {
    self.entityTag = entityTag
    self.lastModified = lastModified
  }

  package var isEmpty: Bool { entityTag == nil && lastModified == nil }

  /// The header lines of a conditional request. Validators come back from disk: one that could end its line early,
  /// and so smuggle in a header, is left out, and the document is simply fetched again.
  var requestHeaders: [String] {
    [Self.line("If-None-Match", entityTag), Self.line("If-Modified-Since", lastModified)].compactMap(\.self)
  }

  /// Only a strong tag says that bytes are the same (RFC 9110 §13.1.5). A date would have to be known to be one.
  var rangeHeader: String? {
    entityTag.flatMap { $0.hasPrefix("\"") ? Self.line("If-Range", $0) : nil }
  }

  private static func line(_ name: String, _ value: String?) -> String? {
    guard let value, !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    return "\(name): \(value)"
  }
}
