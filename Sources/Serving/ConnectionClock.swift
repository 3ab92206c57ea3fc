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

  private(set) var waiting = Waiting.request
  private(set) var since: UInt64
  /// Bytes that the client had taken then.
  private var takenBefore: Int64 = 0

  /// Times are nanoseconds of a monotonic clock.
  init(at time: UInt64) { since = time }

  mutating func firstByte(at time: UInt64) {
    if waiting == .request { (waiting, since) = (.rest, time) }
  }

  /// - Parameter taken: bytes that the client has taken since the connection began.
  mutating func begin(_ next: Waiting, at time: UInt64, taken: Int64 = 0) {
    if waiting == .farewell { return }
    (waiting, since, takenBefore) = (next, time, taken)
  }

  /// - Parameter unsent: bytes that are queued and not taken.
  mutating func isOver(at time: UInt64, unsent: Int, taken: Int64, limits: ServerLimits) -> Bool {
    let isDue = time >= since + UInt64(limit(limits)) * 1_000_000_000
    guard waiting == .reader else { return isDue }
    // Nothing to take: the client waits for us, for a disk or for its share of a rate.
    if unsent == 0 { (since, takenBefore) = (time, taken) }
    guard isDue, unsent > 0 else { return false }
    if taken - takenBefore < max(1, limits.minRate * ServerLimits.stall) { return true }
    (since, takenBefore) = (time, taken)
    return false
  }

  private func limit(_ limits: ServerLimits) -> Int64 {
    switch waiting {
    case .request: limits.idleTimeout
    case .rest: limits.headerTimeout
    case .reader: ServerLimits.stall
    case .farewell: 5
    }
  }
}
