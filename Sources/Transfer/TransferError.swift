/// Why a file could not be fetched. Addresses in it print without their credentials, and every `detail` was scrubbed.
package enum TransferError: Error, Hashable, Sendable {
  // Could not reach.
  case unresolved(RemoteURL)
  case unconnected(RemoteURL, detail: String)
  case handshakeFailed(RemoteURL, detail: String)
  case untrustedCertificate(RemoteURL, detail: String)
  case proxyFailed(RemoteURL, detail: String)
  case proxyRefused(RemoteURL, code: Int)
  case connectTimeout(RemoteURL, seconds: Int)
  case stalled(RemoteURL, seconds: Int)
  case interrupted(RemoteURL, detail: String)
  case overdue(RemoteURL, seconds: Int)
  case truncated(RemoteURL, received: Int64, expected: Int64?)

  // A medium.
  case notCarried(RemoteURL)
  case unreadable(RemoteURL, detail: String)

  // Upstream answered wrong.
  case status(RemoteURL, code: Int, retryAfter: Int?)
  case tooLong(RemoteURL, limit: Int64)
  case wrongLength(RemoteURL, expected: Int64, actual: Int64)
  case rangeRefused(RemoteURL, at: Int64)
  case wrongRange(RemoteURL, asked: Int64, answered: Int64?)
  case redirectRefused(RemoteURL, target: String, RedirectRefusal)
  case tooManyRedirects(RemoteURL, limit: Int)
  case unexpectedEncoding(RemoteURL, encoding: String)
  case malformed(RemoteURL, detail: String)

  // The operator.
  case badURL(String, reason: URLRefusal)
  case badCertificateAuthorities(path: String)

  /// Whether upstream could not be reached or said that it cannot serve now, as opposed to having answered wrong.
  package var isUnreachable: Bool {
    switch self {
    case .unresolved, .unconnected, .handshakeFailed, .untrustedCertificate, .proxyFailed, .proxyRefused,
      .connectTimeout, .stalled, .overdue, .interrupted, .truncated, .notCarried, .unreadable:
      true
    case .status(_, let code, _): Self.isTransient(status: code)
    default: false
    }
  }

  /// Whether it is the connection that failed, behind whatever came of the body: that may be the whole of it.
  package var isBadEnding: Bool {
    switch self {
    case .stalled, .interrupted, .truncated: true
    default: false
    }
  }

  /// Statuses that ask for another try: a slow request, too many of them, or a fault of the server.
  static func isTransient(status code: Int) -> Bool {
    code == 408 || code == 429 || (500...599).contains(code)
  }
}
