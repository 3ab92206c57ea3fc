/// Finds the five bytes `0\r\n\r\n` that MAAS 3.5 and 3.6 send after a GET that announced no body. Left alone, they
/// are taken for the start of the next request, which then fails with 400.
///
/// A value that sees every byte of a connection once. It looks only directly behind the head of a GET without a body,
/// and never into a body. Behind a chunked request it stands aside: that is the last on its connection.
struct StrayBytes: Sendable, Equatable {
  private enum State: Equatable {
    /// Before a request. `held`: how many of the stray bytes were seen and kept back; `nil` where none can come.
    case between(held: Int?)
    case head
    case body(left: Int)
    case aside
  }

  private static let stray: [UInt8] = Array("0\r\n\r\n".utf8)
  /// No head that the parser takes is longer; what is no head is not collected.
  private static let headLimit = 96 << 10

  private var state = State.between(held: nil)
  private var head: [UInt8] = []
  private var lineIsEmpty = true

  /// Whether a request has begun and its head has not ended.
  var isInHead: Bool { state == .head }

  /// What is left for the parser of the bytes that came.
  mutating func filter(_ bytes: some Collection<UInt8>) -> [UInt8] {
    if state == .aside { return Array(bytes) }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + Self.stray.count)
    for byte in bytes { take(byte, into: &out) }
    return out
  }

  private mutating func take(_ byte: UInt8, into out: inout [UInt8]) {
    switch state {
    case .aside:
      out.append(byte)
    case .between(let held):
      if let held, byte == Self.stray[held] {
        state = .between(held: held + 1 == Self.stray.count ? nil : held + 1)
        return
      }
      let released = Array(Self.stray.prefix(held ?? 0)) + [byte]
      // Empty lines before a request are allowed (RFC 9112 §2.2) and begin nothing.
      if released == [0x0D] || released == [0x0A] {
        state = .between(held: nil)
        out += released
        return
      }
      (state, head, lineIsEmpty) = (.head, [], false)
      for byte in released { take(byte, into: &out) }
    case .body(let left):
      out.append(byte)
      state = left > 1 ? .body(left: left - 1) : .between(held: nil)
    case .head:
      out.append(byte)
      head.append(byte)
      if byte == 0x0A {
        if lineIsEmpty { endHead() }
        lineIsEmpty = true
      } else if byte != 0x0D {
        lineIsEmpty = false
      }
      if head.count > Self.headLimit { (state, head) = (.aside, []) }
    }
  }

  private mutating func endHead() {
    let text = String(decoding: head, as: UTF8.self).lowercased()
    head = []
    var length = 0
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("transfer-encoding:") {
        state = .aside
        return
      }
      if line.hasPrefix("content-length:") {
        let digits = line.dropFirst("content-length:".count).filter { $0 != " " && $0 != "\t" }
        // The parser refuses what is no number, and closes.
        length = Int(digits) ?? 0
      }
    }
    state = length > 0 ? .body(left: length) : .between(held: text.hasPrefix("get ") ? 0 : nil)
  }
}
