import Synchronization

/// Shares bandwidth out: whoever wants to send a piece learns how long to wait for it. Pieces queue in the order in
/// which they were asked for, and nobody asks for a second before the first is sent, so everybody gets an equal share.
///
/// Small answers go before the queue as long as they take little of the bandwidth: a region waits for its index, and is
/// not to wait behind every image. Beyond that they queue like all others, else a client that asks for small files only
/// would take any bandwidth, and what it took would be owed by the rest.
final class Pacer: Sendable {
  /// One limit, and who has been let through by it.
  private struct Lane {
    /// Nanoseconds of a monotonic clock at which all pieces so far are sent.
    var end: UInt64 = 0
    /// At which those that went before the queue would be sent, had they their part of the bandwidth for themselves.
    var urgentEnd: UInt64 = 0

    /// When the piece may begin.
    mutating func take(_ count: Int, at rate: Int64, isUrgent: Bool, _ now: UInt64) -> UInt64 {
      let time = UInt64(Double(count) / Double(rate) * 1e9)
      let start = max(end, now)
      end = start + time
      guard isUrgent, start > now, urgentEnd <= now + Pacer.urgentAhead else { return start }
      urgentEnd = max(urgentEnd, now) + time * Pacer.urgentPart
      return now
    }

    mutating func giveBack(_ count: Int, at rate: Int64) {
      let time = UInt64(Double(count) / Double(rate) * 1e9)
      end -= min(end, time)
    }
  }

  private struct State {
    var all = Lane()
    var clients: [String: Lane] = [:]
  }

  /// Clients that are remembered before those are forgotten who owe nothing.
  private static let memory = 4096
  /// What goes before the queue has an eighth of the bandwidth, so that those who queue have the rest,
  private static let urgentPart: UInt64 = 8
  /// and may have used so many nanoseconds of it beforehand.
  private static let urgentAhead: UInt64 = 1_000_000_000

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
    let isCrowded = state.withLock { $0.all.end > now + 1_000_000_000 }
    return isCrowded ? 16 << 10 : Int(max(16 << 10, min(256 << 10, rate / 20)))
  }

  /// Nanoseconds to wait before `count` bytes are sent to `client`; they count as sent from now on.
  /// - Parameter isUrgent: whether they go before the queue, if they may.
  func delay(for count: Int, to client: String, isUrgent: Bool = false, at now: UInt64) -> UInt64 {
    let limits = book.limits
    return state.withLock { state in
      var start = now
      if let rate = limits.rate { start = max(start, state.all.take(count, at: rate, isUrgent: isUrgent, now)) }
      if let rate = limits.clientRate {
        if state.clients.count >= Self.memory { state.clients = state.clients.filter { $0.value.end > now } }
        start = max(
          start, state.clients[client, default: Lane()].take(count, at: rate, isUrgent: isUrgent, now))
      }
      return start - now
    }
  }

  /// For a piece whose client went away before its time: the others do not wait for it, however many come and go.
  func giveBack(_ count: Int, to client: String) {
    let limits = book.limits
    state.withLock { state in
      if let rate = limits.rate { state.all.giveBack(count, at: rate) }
      if let rate = limits.clientRate { state.clients[client]?.giveBack(count, at: rate) }
    }
  }
}
