import CCurl

/// What curl reports when a transfer fails, before it is put into this target's words.
struct CurlFailure: Error {
  /// curl's number for it, of libcurl-errors(3).
  var number: UInt32
  /// curl's message for this very failure. It can quote addresses and the server: to be scrubbed.
  var message = ""
  /// What a proxy answered to CONNECT; 0 without one.
  var proxyStatus = 0
  /// Whether the connection stood before it failed.
  var wasConnected = false

  /// curl's fixed text for the code.
  var text: String { String(cString: curl_easy_strerror(code)) }

  private var code: CURLcode { CURLcode(rawValue: number) }
}

extension CurlFailure {
  init(code: CURLcode) {
    self.init(number: code.rawValue)
  }

  /// The one place where curl's codes become errors.
  func error(
    for request: TransferRequest, options: CurlClient.Options, meter: BodyMeter?
  ) -> TransferError {
    let url = request.url
    let redaction = Redaction([url] + (options.proxy.map { [$0] } ?? []))
    if proxyStatus >= 300 { return .proxyRefused(url, code: proxyStatus) }
    let detail = redaction.scrub(message.isEmpty ? text : message)
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST: return .unresolved(url)
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: return .proxyFailed(url, detail: detail)
    case CURLE_COULDNT_CONNECT: return .unconnected(url, detail: detail)
    case CURLE_OPERATION_TIMEDOUT where !wasConnected: return .connectTimeout(url, seconds: options.connectTimeout)
    case CURLE_OPERATION_TIMEDOUT: return .stalled(url, seconds: options.stallSeconds)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE:
      return .untrustedCertificate(url, detail: detail)
    case CURLE_SSL_CACERT_BADFILE: return .badCertificateAuthorities(path: options.certificateAuthorities ?? "")
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED, CURLE_SSL_CERTPROBLEM:
      return .handshakeFailed(url, detail: detail)
    case CURLE_PARTIAL_FILE: return meter?.truncation ?? .truncated(url, received: request.resumeAt, expected: nil)
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: return .malformed(url, detail: detail)
    case CURLE_BAD_CONTENT_ENCODING: return .unexpectedEncoding(url, encoding: detail)
    case CURLE_WEIRD_SERVER_REPLY: return .malformed(url, detail: detail)
    default: return .interrupted(url, detail: detail)
    }
  }
}
