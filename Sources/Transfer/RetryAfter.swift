import CCurl

/// The value of a Retry-After header (RFC 9110 §10.2.3): seconds, or a date.
enum RetryAfter {
  /// Seconds from `now` (seconds since 1970); `nil` if it is neither.
  static func seconds(_ text: String, now: Int) -> Int? {
    if let seconds = ContentRange.number(text) { return Int(seconds) }
    let date = curl_getdate(text, nil)
    return date < 0 ? nil : max(0, Int(date) - now)
  }
}
