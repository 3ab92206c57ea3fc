import Simplestreams

/// IMF-fixdate (RFC 9110 §5.6.7). The two obsolete forms are read by nobody who sends them.
enum HTTPDate {
  static func text(_ seconds: Int64) -> String {
    "\(Timestamp(seconds: seconds).mail.dropLast("+0000".count))GMT"
  }

  static func seconds(_ text: String) -> Int64? {
    guard text.hasSuffix(" GMT") else { return nil }
    return Timestamp("\(text.dropLast("GMT".count))+0000")?.seconds
  }
}
