/// The bytes of a connection, on their way to the parser: every head is held back until it is whole and was found in
/// order, and the five stray bytes `0\r\n\r\n` that MAAS 3.5 and 3.6 send after a GET that announced no content are
/// taken out. Left alone, they are taken for the start of the next request, which then fails with 400.
///
/// A value that sees every byte of a connection once. Stray bytes are looked for only directly behind the head of a GET
/// without content, and never in content. Behind a chunked request it stands aside: that is the last on its connection.
struct RequestBytes: Sendable, Equatable {
  private enum State: Equatable {
    /// Before a request. `held`: how many of the stray bytes were seen and kept back; `nil` where none can come.
    case between(held: Int?)
    case head
    case content(left: Int)
    case aside
    case refused(Refusal)
  }

  private static let stray: [UInt8] = Array("0\r\n\r\n".utf8)

  private var state = State.between(held: nil)
  private var head = HeadCheck()

  /// Whether a request has begun and its head has not ended.
  var isInHead: Bool { state == .head }

  /// Why nothing more is let through, if it is so. What came before is still to be answered.
  var refusal: Refusal? { if case .refused(let refusal) = state { refusal } else { nil } }

  /// What is left for the parser of the bytes that came.
  mutating func filter(_ bytes: some Collection<UInt8>) -> [UInt8] {
    if state == .aside { return Array(bytes) }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + head.bytes.count)
    for byte in bytes { take(byte, into: &out) }
    return out
  }

  private mutating func take(_ byte: UInt8, into out: inout [UInt8]) {
    switch state {
    case .head:
      check(byte, into: &out)
    case .content(let left):
      out.append(byte)
      state = left > 1 ? .content(left: left - 1) : .between(held: nil)
    case .between(let held):
      begin(byte, held: held, into: &out)
    case .aside:
      out.append(byte)
    case .refused:
      return
    }
  }

  private mutating func begin(_ byte: UInt8, held: Int?, into out: inout [UInt8]) {
    if let held, byte == Self.stray[held] {
      state = .between(held: held + 1 == Self.stray.count ? nil : held + 1)
      return
    }
    // Empty lines before a request are allowed (RFC 9112 §2.2) and begin nothing.
    if held ?? 0 == 0, byte == 0x0D || byte == 0x0A {
      state = .between(held: nil)
      return
    }
    state = .head
    for byte in Self.stray.prefix(held ?? 0) + [byte] { take(byte, into: &out) }
  }

  private mutating func check(_ byte: UInt8, into out: inout [UInt8]) {
    do throws(Refusal) {
      guard let result = try head.take(byte) else { return }
      out += head.bytes
      switch result.framing {
      case .none: state = .between(held: result.isGet ? 0 : nil)
      case .length(let length): state = .content(left: length)
      case .chunked: state = .aside
      }
    } catch {
      state = .refused(error)
    }
    head = HeadCheck()
  }
}
