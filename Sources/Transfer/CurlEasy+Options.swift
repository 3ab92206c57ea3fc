import CCurl
import Glibc

extension CurlEasy {
  /// Sets what holds for every transfer of a client.
  func configure(_ options: CurlClient.Options) throws(CurlFailure) {
    try setMessageBuffer()
    // Signals would be delivered to whichever thread; timeouts need none.
    try set(CURLOPT_NOSIGNAL, to: 1)
    try set(CURLOPT_USERAGENT, to: options.userAgent)
    try setConnection(options)
    try setTrust(options)
    try setCallbacks()
  }

  /// CPU seconds for a GB over loopback, 7.88: 0.36 with 16 KiB, 0.25 with 128 KiB, 0.23 with 512 KiB, curl's most.
  /// curl hands on at most 16 KiB at a time whatever it reads.
  /// All connections together have 8 MiB, so that many of them take no more memory than few.
  /// A pause takes effect between buffers: with a rate limit they are small.
  static func bufferSize(_ options: CurlClient.Options) -> Int {
    if options.rateLimit != nil { return smallBuffer }
    return max(smallBuffer, min(512 << 10, (8 << 20) / max(1, options.connections)))
  }

  /// A small file needs no more, and the C library maps and unmaps larger ones each time.
  static let smallBuffer = 16 << 10

  private func setConnection(_ options: CurlClient.Options) throws(CurlFailure) {
    try set(CURLOPT_HTTP_VERSION, to: Int(CURL_HTTP_VERSION_2TLS))
    try set(CURLOPT_TCP_KEEPALIVE, to: 1)
    try set(CURLOPT_CONNECTTIMEOUT_MS, to: max(1, options.connectTimeout) * 1000)
    try set(CURLOPT_LOW_SPEED_TIME, to: max(1, options.stallSeconds))
    // The least that curl knows. It also makes curl ask `mayGoOn` every second, which holds more to account.
    try set(CURLOPT_LOW_SPEED_LIMIT, to: 1)
    // Each redirect is judged here before anything is sent.
    try set(CURLOPT_FOLLOWLOCATION, to: 0)
    try check(ccurl_set_protocols(handle))
    try set(CURLOPT_NETRC, to: Int(CURL_NETRC_IGNORED.rawValue))
    if let proxy = options.proxy { try set(CURLOPT_PROXY, to: proxy.unredacted) }
    // The heads of a CONNECT are between curl and the proxy.
    try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, to: 1)
  }

  private func setTrust(_ options: CurlClient.Options) throws(CurlFailure) {
    try set(CURLOPT_SSL_VERIFYPEER, to: 1)
    try set(CURLOPT_SSL_VERIFYHOST, to: 2)
    guard let authorities = options.certificateAuthorities else { return }
    try set(CURLOPT_CAINFO, to: authorities)
    try set(CURLOPT_PROXY_CAINFO, to: authorities)
    // Without this the system's folder of certificates would be trusted beside the file.
    try set(CURLOPT_CAPATH, to: nil)
    try set(CURLOPT_PROXY_CAPATH, to: nil)
  }

  private func setCallbacks() throws(CurlFailure) {
    try check(
      ccurl_set_data_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
        CurlTransfer.at(context).take(header: UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
      })
    try check(
      ccurl_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
        switch CurlTransfer.at(context).take(body: UnsafeRawBufferPointer(start: bytes, count: count)) {
        case .taken: count
        case .later: Int(CURL_WRITEFUNC_PAUSE)
        // Any other number than that of the bytes is an error; 0 would not be one for an empty piece.
        case .end: count + 1
        }
      })
    try check(
      ccurl_set_progress_callback(handle) { context, _, received, _, _ in
        CurlTransfer.at(context).mayGoOn(received: Int64(received)) ? 0 : 1
      })
    try set(CURLOPT_NOPROGRESS, to: 0)
    try check(
      ccurl_set_socket_callback(handle) { context, _, address in
        guard let address, CurlTransfer.at(context).mayConnect(to: ccurl_address(address)) else { return -1 }
        return socket(
          address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
      })
  }
}
