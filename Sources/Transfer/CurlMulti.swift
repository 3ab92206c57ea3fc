import CCurl

/// Owns one multi handle: the connections that its transfers share.
///
/// `@unchecked Sendable`: the handle is set here once. All calls but `wake` come from the one thread of the loop that
/// owns it, and curl allows `curl_multi_wakeup` from any thread; the owner outlives both.
final class CurlMulti: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer

  init(connections: Int) {
    guard let handle = curl_multi_init() else { preconditionFailure("curl has no memory for a multi handle") }
    self.handle = handle
    ccurl_multi_set_long(handle, CURLMOPT_MAX_HOST_CONNECTIONS, connections)
    ccurl_multi_set_long(handle, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections)
    ccurl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, connections)
    // One connection for each transfer, with HTTP/2 as well: a server's limits, and a lost packet, then hold one up.
    ccurl_multi_set_long(handle, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
  }

  deinit {
    curl_multi_cleanup(handle)
  }

  func add(_ easy: CurlEasy) throws(CurlFailure) {
    guard curl_multi_add_handle(handle, easy.handle) == CURLM_OK else { throw CurlFailure(code: CURLE_FAILED_INIT) }
  }

  /// Ends what the handle still does.
  func remove(_ easy: CurlEasy) {
    curl_multi_remove_handle(handle, easy.handle)
  }

  /// Moves all transfers as far as they go without waiting; `false` if curl cannot go on at all.
  func perform() -> Bool {
    var running: Int32 = 0
    return curl_multi_perform(handle, &running) == CURLM_OK
  }

  /// The next transfer that has ended, by its easy handle.
  func nextResult() -> (handle: UnsafeMutableRawPointer, code: CURLcode)? {
    var left: Int32 = 0
    while let message = curl_multi_info_read(handle, &left) {
      if message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle {
        return (easy, message.pointee.data.result)
      }
    }
    return nil
  }

  /// Waits for a socket, one of curl's timers, `wake`, or the given time.
  func wait(milliseconds: Int32) {
    curl_multi_poll(handle, nil, 0, milliseconds, nil)
  }

  func wake() {
    curl_multi_wakeup(handle)
  }
}
