import NIOHTTP1

/// What the head of a request says about its connection.
enum ConnectionRules {
  /// A chunked request is the last on its connection: where its content ends is never a matter of opinion then. What
  /// follows a CONNECT is no HTTP (RFC 9110 §9.3.6).
  static func isKeptAlive(_ head: HTTPRequestHead) -> Bool {
    head.isKeepAlive && head.method != .CONNECT && !head.headers.contains(name: "Transfer-Encoding")
  }

  /// RFC 9110 §10.1.1: HTTP/1.0 knows no expectations, and without content there is nothing to wait for.
  static func expectsContinue(_ head: HTTPRequestHead) -> Bool {
    guard head.version.minor > 0, head.headers.contains(name: "Expect") else { return false }
    return head.headers.contains(name: "Transfer-Encoding") || head.headers["Content-Length"].contains { $0 != "0" }
  }
}

extension Refusal {
  static let tooMuchContent = Refusal(
    413, "nothing here takes content, and more than \(RequestFraming.limit) bytes are not read")

  /// What the parser still refuses of a head that is in order: methods that it does not know, and malformed chunks.
  init(_ error: HTTPParserError) {
    switch error {
    case .invalidMethod: self.init(501, "only GET, HEAD and OPTIONS are served here")
    case .headerOverflow: self.init(431, "the header is too long")
    case .invalidURL, .invalidHost, .invalidPort, .invalidPath, .invalidQueryString, .invalidFragment:
      self = .malformed("the address of the request is malformed")
    case .invalidChunkSize: self = .malformed("a chunk of the request is malformed")
    default: self = .malformed("the request is malformed")
    }
  }
}
