/// Where the content of a request ends (RFC 9112 §6.3), from a head in which nothing is doubtful.
enum RequestFraming: Sendable, Equatable {
  case none
  case length(Int)
  case chunked

  /// Nothing here takes content; more than this is not read.
  static let limit = 1 << 20

  /// - Parameter isOld: of HTTP/1.0.
  init(lengths: [String], codings: [String], isOld: Bool) throws(Refusal) {
    if !codings.isEmpty {
      // §6.1: either could be believed by a proxy in front.
      if !lengths.isEmpty { throw .malformed("a request has Content-Length or Transfer-Encoding, not both") }
      if isOld { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
      guard codings.count == 1, codings[0].lowercased() == "chunked" else {
        throw Refusal(501, "the only Transfer-Encoding that is understood here is one “chunked”")
      }
      self = .chunked
    } else if let text = lengths.first {
      // §6.3 allows to take equal values as one; no client that means well sends them.
      guard lengths.count == 1 else { throw .malformed("a request has one Content-Length, not \(lengths.count)") }
      guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
        throw .malformed("Content-Length must be a number")
      }
      guard let length = Int(text), length <= Self.limit else {
        throw Refusal.tooMuchContent
      }
      self = length > 0 ? .length(length) : .none
    } else {
      self = .none
    }
  }
}
