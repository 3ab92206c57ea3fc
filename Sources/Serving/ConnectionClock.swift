/// How long a connection may wait for what. A value: the handlers say what happens, and ask whether it is over.
struct ConnectionClock: Sendable, Equatable {
  enum Waiting: Sendable, Equatable {
    /// For the first byte of a request; keep-alive connections rest here.
    case request
    /// For the rest of a request: a client that sends it byte by byte holds a connection for nothing.
    case rest
    /// For the client to take what is being sent, in a time of its own for each part.
    case reader
    /// For the client to close, after the last response: closing first could reset the connection under the response.
    case farewell
  }

  /// Nanoseconds that a reader may still need for what it has not taken.
  private struct Patience: Equatable {
    var since: UInt64
    var left: Int64
  }

  private(set) var waiting = Waiting.request
  private var isHurried = false
  private(set) var since: UInt64
  /// What a reader had when that was last looked at, at most.
  private var takenBefore: Int64 = 0
  /// `nil` while a reader has nothing to take.
  private var patience: Patience?

  /// Times are nanoseconds of a monotonic clock.
  init(at time: UInt64) { since = time }

  /// A client that has everything is not waited for: the server stops, or the client's half is closed already.
  mutating func hurry() { isHurried = true }

  mutating func firstByte(at time: UInt64) {
    if waiting == .request { (waiting, since) = (.rest, time) }
  }

  /// - Parameter queued: bytes that were handed over to be sent since the connection began.
  mutating func begin(_ next: Waiting, at time: UInt64, queued: Int64 = 0) {
    if waiting == .farewell { return }
    (waiting, since, takenBefore, patience) = (next, time, queued, nil)
  }

  /// - Parameters:
  ///   - unsent: of the queued bytes, those that wait for the client to make room.
  ///   - taken: bytes that the client has. The system has to be asked for them, which is done where it matters.
  mutating func isOver(
    at time: UInt64, unsent: Int, queued: Int64, limits: ServerLimits, taken: () -> Int64
  ) -> Bool {
    switch waiting {
    case .request, .rest: return time >= since + limit(limits)
    case .reader:
      // Nothing to take: the client waits for us, for a disk or for its share of a rate.
      if unsent > 0 { return isTooSlow(at: time, limits, taken) }
      patience = nil
      return false
    case .farewell:
      if !isHurried, time < since + limit(limits) { return false }
      // What the client has all of it is free to close. The rest is on its way, and closing here would tell nobody
      // whether it arrives.
      return taken() >= queued - Uptake.closing || isTooSlow(at: time, limits, taken)
    }
  }

  /// What a client takes buys it time at the least rate. Not a rate over fixed times: clients acknowledge in lumps of what
  /// their system has room for, so that one that reads 4 kB/s may show nothing for a hundred seconds.
  private mutating func isTooSlow(at time: UInt64, _ limits: ServerLimits, _ taken: () -> Int64) -> Bool {
    if limits.minRate == 0 { return false }
    var left = Int64(ServerLimits.stall) * 1_000_000_000
    if let patience {
      left = patience.left - Int64(time - patience.since)
      if left > 0 { return false }
    }
    let now = taken()
    let bought = Double(max(0, now - takenBefore)) / Double(limits.minRate) * 1e9
    left += Int64(min(bought, Double(ServerLimits.longestStall) * 1e9))
    patience = Patience(since: time, left: min(left, ServerLimits.longestStall * 1_000_000_000))
    takenBefore = now
    return left <= 0
  }

  /// Nanoseconds.
  private func limit(_ limits: ServerLimits) -> UInt64 {
    let seconds: Int64 =
      switch waiting {
      case .request: limits.idleTimeout
      case .rest: limits.headerTimeout
      case .reader: ServerLimits.stall
      case .farewell: 5
      }
    return UInt64(seconds) * 1_000_000_000
  }
}
