import CCurl

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

extension ResponseFields {
  var validators: Validators { Validators(entityTag: entityTag, lastModified: isSettled ? lastModified : nil) }

  /// RFC 9110 §8.8.2.2: whole seconds name a version only when they were over for a while as the answer was made. What changed
  /// in the second of the answer may change once more in it, and would then be “not modified” for good.
  private var isSettled: Bool {
    guard let lastModified, let date else { return false }
    let (changed, answered) = (curl_getdate(lastModified, nil), curl_getdate(date, nil))
    return changed >= 0 && answered >= 0 && answered - changed >= Self.settlingTime
  }

  /// Seconds: the clocks that the two dates come from may differ.
  private static let settlingTime = 60
}
