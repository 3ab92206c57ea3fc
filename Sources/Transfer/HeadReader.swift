/// The header fields of one response that this client looks at.
struct ResponseFields: Hashable, Sendable {
  var status: Int
  var contentLength: String?
  var contentRange: String?
  var contentType: String?
  var contentEncoding: String?
  var transferEncoding: String?
  var entityTag: String?
  var lastModified: String?
  var date: String?
  var retryAfter: String?
  var location: String?

  /// A response that is followed, not delivered.
  var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) && location != nil }
}

/// Collects the header lines of a transfer, response after response: each status line starts anew, so that nothing
/// of a redirect or an interim response clings to the one that follows.
struct HeadReader {
  /// All header lines of one transfer, redirects included. An endless head would grow for as long as it arrives.
  static let byteLimit = 256 * 1024

  private var fields: ResponseFields?
  private var bytes = 0

  enum Fault: Error, Hashable {
    case tooManyBytes
    case statusLine
    case contradiction
  }

  /// Takes one line as curl gives it, line end included, and returns the fields at the end of a final head.
  mutating func read(_ line: UnsafeRawBufferPointer) throws(Fault) -> ResponseFields? {
    bytes += line.count
    if bytes > Self.byteLimit { throw .tooManyBytes }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      fields = ResponseFields(status: try Self.status(text))
      return nil
    }
    // Lines outside a head are trailers.
    guard fields != nil else { return nil }
    if text == "\r\n" || text == "\n" {
      defer { fields = nil }
      return fields.flatMap { (100...199).contains($0.status) ? nil : $0 }
    }
    try add(text)
    return nil
  }

  private mutating func add(_ line: String) throws(Fault) {
    guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return }
    guard let field = Self.field(line[..<colon].lowercased()) else { return }
    let value = Self.trimmed(line[colon...].dropFirst())
    // RFC 9110 §8.6: lengths that differ are how one response is passed off as two.
    if field == \.contentLength, let earlier = fields?.contentLength, earlier != value { throw .contradiction }
    if field == \.contentEncoding, let earlier = fields?.contentEncoding {
      fields?.contentEncoding = "\(earlier), \(value)"
    } else {
      fields?[keyPath: field] = value
    }
  }

  private static func field(_ name: String) -> WritableKeyPath<ResponseFields, String?>? {
    switch name {
    case "content-length": \.contentLength
    case "content-range": \.contentRange
    case "content-type": \.contentType
    case "content-encoding": \.contentEncoding
    case "transfer-encoding": \.transferEncoding
    case "etag": \.entityTag
    case "last-modified": \.lastModified
    case "date": \.date
    case "retry-after": \.retryAfter
    case "location": \.location
    default: nil
    }
  }

  private static func status(_ line: String) throws(Fault) -> Int {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count >= 2, words[1].utf8.count == 3, let code = Int(words[1]), code >= 100 else { throw .statusLine }
    return code
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
