import CCurl

/// Owns one easy handle. It is used for one transfer after another; what all have in common is set once.
/// Not `Sendable`: it stays on the thread that made it.
final class CurlEasy {
  let handle: UnsafeMutableRawPointer
  private let message: UnsafeMutablePointer<CChar>
  private let fullBuffer: Int
  private var headers: UnsafeMutablePointer<curl_slist>?
  /// What the handle works for. The callbacks reach it through a bare pointer, so it is held here until `clear`.
  private(set) var transfer: CurlTransfer?

  init(_ options: CurlClient.Options) throws(CurlFailure) {
    guard let handle = curl_easy_init() else { throw CurlFailure(code: CURLE_FAILED_INIT) }
    self.handle = handle
    fullBuffer = Self.bufferSize(options)
    message = .allocate(capacity: Int(CURL_ERROR_SIZE))
    message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    try configure(options)
  }

  deinit {
    // First the handle, which refers to the others.
    curl_easy_cleanup(handle)
    curl_slist_free_all(headers)
    message.deallocate()
  }

  /// Sets all that differs between transfers, so that nothing of the last one is left.
  func prepare(_ transfer: CurlTransfer) throws(CurlFailure) {
    let request = transfer.request
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    self.transfer = transfer
    message[0] = 0
    try set(CURLOPT_URL, to: request.url.unredacted)
    try set(CURLOPT_BUFFERSIZE, to: request.isSmall ? Self.smallBuffer : fullBuffer)
    try set(CURLOPT_RANGE, to: request.resumeAt > 0 ? "\(request.resumeAt)-" : nil)
    try set(CURLOPT_ACCEPT_ENCODING, to: request.asksForEncoding ? "gzip" : nil)
    // A connection that stands already was not asked whether it may.
    try set(CURLOPT_FRESH_CONNECT, to: transfer.demandsPublic ? 1 : 0)
    let version = request.resumeAt > 0 ? request.resumesVersion?.rangeHeader : nil
    try setHeaders((request.validators?.requestHeaders ?? []) + (version.map { [$0] } ?? []))
    try check(ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context))
    try check(ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context))
    try check(ccurl_set_progress_context(handle, context))
    try check(ccurl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, context))
  }

  var isPaused: Bool { transfer?.isPaused ?? false }

  /// To be called once no multi handle has this one any more.
  func clear() {
    transfer = nil
  }

  /// Goes on after a pause, first with the bytes that were held back.
  func goOn() throws(CurlFailure) {
    transfer?.isPaused = false
    let code = curl_easy_pause(handle, CURLPAUSE_CONT)
    if code != CURLE_OK { throw failure(code) }
  }

  /// Where the response sends us, resolved against where it came from.
  var redirectTarget: String? { text(CURLINFO_REDIRECT_URL) }
  /// Whom the last connection is to.
  var peer: NetworkAddress? { text(CURLINFO_PRIMARY_IP).flatMap { NetworkAddress($0) } }

  private func text(_ info: CURLINFO) -> String? {
    var value: UnsafePointer<CChar>?
    ccurl_get_string(handle, info, &value)
    return value.map { String(cString: $0) }
  }

  func failure(_ code: CURLcode) -> CurlFailure {
    var proxyStatus = 0
    var transferBegan: curl_off_t = 0
    ccurl_get_long(handle, CURLINFO_HTTP_CONNECTCODE, &proxyStatus)
    ccurl_get_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &transferBegan)
    return CurlFailure(
      number: code.rawValue, message: String(cString: message), proxyStatus: proxyStatus,
      wasConnected: transferBegan > 0)
  }

  private func setHeaders(_ lines: [String]) throws(CurlFailure) {
    try check(ccurl_set_list(handle, CURLOPT_HTTPHEADER, nil))
    curl_slist_free_all(headers)
    headers = nil
    for line in lines {
      guard let longer = curl_slist_append(headers, line) else { throw CurlFailure(code: CURLE_OUT_OF_MEMORY) }
      headers = longer
    }
    if headers != nil { try check(ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers)) }
  }

  func set(_ option: CURLoption, to value: Int) throws(CurlFailure) {
    try check(ccurl_set_long(handle, option, value))
  }

  func set(_ option: CURLoption, to value: String?) throws(CurlFailure) {
    try check(ccurl_set_string(handle, option, value))
  }

  func setMessageBuffer() throws(CurlFailure) {
    try check(ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, message))
  }

  func check(_ code: CURLcode) throws(CurlFailure) {
    if code != CURLE_OK { throw CurlFailure(code: code) }
  }
}
