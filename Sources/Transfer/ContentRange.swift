/// The value of a Content-Range header (RFC 9110 §14.4): which bytes of a body follow.
struct ContentRange: Hashable, Sendable {
  let first: Int64
  let last: Int64
  /// `nil` where the server wrote `*`.
  let total: Int64?

  /// `nil` for anything but one range of bytes that lies inside its total.
  init?(_ text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: true)
    guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
    let sides = words[1].split(separator: "/", omittingEmptySubsequences: false)
    guard sides.count == 2 else { return nil }
    let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]), first <= last
    else { return nil }
    total = Self.number(sides[1])
    if total == nil && sides[1] != "*" { return nil }
    if let total, last >= total { return nil }
    self.first = first
    self.last = last
  }

  /// Digits alone: `Int64` would also take a sign.
  static func number(_ text: some StringProtocol) -> Int64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
  }
}
