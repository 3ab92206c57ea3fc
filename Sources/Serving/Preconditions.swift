/// Conditional requests, in the order of RFC 9110 §13.2.2.
enum Preconditions {
  enum Verdict: Equatable { case go, notModified, failed }

  /// - Parameter modified: `nil` when it is not known; then dates decide nothing.
  static func judge(_ request: Request, tag: String, modified: Int64?) -> Verdict {
    if let match = request[.ifMatch] {
      if !lists(match, tag, weak: false) { return .failed }
    } else if let modified, let date = request[.ifUnmodifiedSince].flatMap(HTTPDate.seconds),
      modified > date
    {
      return .failed
    }
    if let none = request[.ifNoneMatch] {
      if lists(none, tag, weak: true) { return .notModified }
    } else if let modified, let date = request[.ifModifiedSince].flatMap(HTTPDate.seconds),
      modified <= date
    {
      return .notModified
    }
    return .go
  }

  /// §13.1.5: a range holds only if the validator is the current one, strongly.
  static func rangeHolds(_ request: Request, tag: String, modified: Int64) -> Bool {
    guard let condition = request[.ifRange] else { return true }
    return condition == tag || HTTPDate.seconds(condition) == modified
  }

  /// `*` stands alone, and a comma inside of quotes is part of a tag (§8.8.3).
  private static func lists(_ header: String, _ tag: String, weak: Bool) -> Bool {
    if header.allSatisfy({ $0 == "*" || $0 == " " || $0 == "\t" }) { return header.contains("*") }
    var isQuoted = false
    let parts = header.split { character in
      if character == "\"" { isQuoted.toggle() }
      return character == "," && !isQuoted
    }
    return parts.contains { part in
      var candidate = part.drop { $0 == " " || $0 == "\t" }
      while candidate.last == " " || candidate.last == "\t" { candidate.removeLast() }
      if weak, candidate.hasPrefix("W/") { candidate = candidate.dropFirst(2) }
      return candidate == tag
    }
  }
}
