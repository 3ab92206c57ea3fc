extension TransferError: CustomStringConvertible {
  package var description: String { unreachable ?? carried ?? answeredWrong ?? operators }

  private var unreachable: String? {
    switch self {
    case .unresolved(let url):
      "\(url): the host name “\(url.host)” cannot be resolved. Check the address, DNS and the proxy setting."
    case .unconnected(let url, let detail):
      "\(url): no connection (\(detail)). Check the network, the firewall and the proxy setting."
    case .handshakeFailed(let url, let detail):
      "\(url): TLS could not be set up (\(detail)). Check that the address and port speak https."
    case .untrustedCertificate(let url, let detail):
      "\(url): the server's certificate is not trusted (\(detail)). Check the clock; an authority of your own stands as “ca” in [sync]."
    case .proxyFailed(let url, let detail):
      "\(url): the proxy cannot be used (\(detail)). Check the proxy setting."
    case .proxyRefused(let url, let code):
      "\(url): the proxy refused with status \(code). Check its rules and the credentials in the proxy setting."
    case .connectTimeout(let url, let seconds):
      "\(url): no connection within \(seconds) s. Check the network, the firewall and the proxy setting."
    case .stalled(let url, let seconds):
      "\(url): next to nothing arrived for \(seconds) s. Try again; what arrived is kept."
    case .overdue(let url, let seconds):
      "\(url): was not there after \(seconds) s, which is far more than it needs. Check the line, and try again later."
    case .interrupted(let url, let detail):
      "\(url): the connection broke (\(detail)). Try again; what arrived is kept."
    case .truncated(let url, let received, let expected):
      "\(url): ended after \(received) \(expected.map { "of \($0) " } ?? "")bytes. Try again; what arrived is kept."
    default: nil
    }
  }

  private var carried: String? {
    switch self {
    case .notCarried(let url): "\(url): is not in the bundle. Export it again."
    case .unreadable(let url, let detail):
      "\(url): cannot be read (\(detail)). Check the medium, or export to another one."
    case .wrongLength(let url, let expected, let actual) where url.isCarried:
      "\(url): has \(actual) bytes in place of \(expected), so they are not used. Export it again with --check."
    default: nil
    }
  }

  private var answeredWrong: String? {
    switch self {
    case .status(let url, let code, let retryAfter):
      "\(url): the server answered \(code)"
        + (retryAfter.map { " and asks to wait \($0) s" } ?? "") + ". \(Self.remedy(status: code))"
    case .tooLong(let url, let limit):
      "\(url): is longer than the \(limit) bytes that it may have. Check that the address is a simplestreams tree."
    case .wrongLength(let url, let expected, let actual):
      "\(url): has \(actual) bytes where \(expected) were announced. Upstream may be changing; try again later."
    case .rangeRefused(let url, let position):
      "\(url): the server does not continue at byte \(position). Start over."
    case .wrongRange(let url, let asked, let answered):
      "\(url): asked for bytes from \(asked), the server sent \(answered.map { "those from \($0)" } ?? "others"). "
        + "Start over; if it comes again, a proxy on the way is broken."
    case .redirectRefused(let url, let target, let reason):
      "\(url): redirects to \(target), which is not followed: \(Self.explanation(reason))."
    case .tooManyRedirects(let url, let limit):
      "\(url): redirects more than \(limit) times. Check the address."
    case .unexpectedEncoding(let url, let encoding):
      "\(url): arrives with Content-Encoding \(encoding), which was not asked for. Check proxies on the way."
    case .malformed(let url, let detail):
      "\(url): the answer is not valid HTTP (\(detail)). Check the address and port."
    default: nil
    }
  }

  private var operators: String {
    switch self {
    case .badURL(let text, let reason): "“\(text)” is not a usable address: \(reason)."
    case .badCertificateAuthorities(let path): "\(path): no certificates can be read from it. Give a PEM file."
    default: "the transfer failed"
    }
  }

  private static func explanation(_ reason: RedirectRefusal) -> String {
    switch reason {
    case .notHTTP: "that is no http or https address. Look whether something answers in the server's place"
    case .insecure: "it leads from https to http. Use the final address if you trust it"
    case .otherHost(let host):
      "that is another host; a login page looks like this. If you trust it, say allow_redirects_to = [\"\(host)\"]"
    case .privateAddress:
      "that is inside a private network, where a public server has no business to send us. If it is meant, say "
        + "private_redirects = true"
    case .endlessBody: "look whether something answers in the server's place"
    }
  }

  private static func remedy(status code: Int) -> String {
    switch code {
    case 401: "Check the credentials in the url."
    case 407: "Check the credentials in the proxy setting."
    case 403: "Check that this host may read it."
    case 404, 410: "Check the address; the file may have been removed."
    case 408, 429, 500...599: "Try again later."
    default: "Check the address."
    }
  }
}
