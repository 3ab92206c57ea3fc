import Synchronization

/// Shares bandwidth out: whoever wants to send a piece learns how long to wait for it. Pieces queue in the order in
/// which they were asked for, and nobody asks for a second before the first is sent, so everybody gets an equal share.
final class Pacer: Sendable {
  private struct State {
    /// Nanoseconds of a monotonic clock at which all pieces so far are sent.
    var all: UInt64 = 0
    var clients: [String: UInt64] = [:]
  }

  /// Clients that are remembered before those are forgotten who owe nothing.
  private static let memory = 4096

  private let book: LimitBook
  private let state = Mutex(State())

  init(book: LimitBook) { self.book = book }

  var isPacing: Bool { book.isPacing }

  /// How much to send at once; `nil` when nothing is limited. Where many wait, pieces are small, so that each of them
  /// gets one before its client takes the silence for a stall.
  func piece(at now: UInt64) -> Int? {
    guard book.isPacing else { return nil }
    let limits = book.limits
    guard let rate = [limits.rate, limits.clientRate].compactMap(\.self).min() else { return nil }
    let isCrowded = state.withLock { $0.all > now + 1_000_000_000 }
    return isCrowded ? 16 << 10 : Int(max(16 << 10, min(256 << 10, rate / 20)))
  }

  /// Nanoseconds to wait before `count` bytes are sent to `client`; they count as sent from now on.
  func delay(for count: Int, to client: String, at now: UInt64) -> UInt64 {
    let limits = book.limits
    return state.withLock { state in
      var start = now
      if let rate = limits.rate { start = max(start, Self.take(count, at: rate, from: &state.all, now)) }
      if let rate = limits.clientRate {
        if state.clients.count >= Self.memory { state.clients = state.clients.filter { $0.value > now } }
        start = max(start, Self.take(count, at: rate, from: &state.clients[client, default: 0], now))
      }
      return start - now
    }
  }

  /// When the piece may begin.
  private static func take(_ count: Int, at rate: Int64, from end: inout UInt64, _ now: UInt64) -> UInt64 {
    let start = max(end, now)
    end = start + UInt64(Double(count) / Double(rate) * 1e9)
    return start
  }
}
