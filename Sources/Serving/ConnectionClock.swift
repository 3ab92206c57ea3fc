/// How long a connection may wait for what. A value: the handlers say what happens, and ask whether it is over.
struct ConnectionClock: Sendable, Equatable {
  enum Waiting: Sendable, Equatable {
    /// For the first byte of a request; keep-alive connections rest here.
    case request
    /// For the rest of a request: a client that sends it byte by byte holds a connection for nothing.
    case rest
    /// For the client to take what is being sent; starts again with every byte that it takes.
    case reader
    /// For the client to close, after the last response: closing first could reset the connection under the response.
    case farewell
  }

  private(set) var waiting = Waiting.request
  private var since: UInt64
  private var unsent: Int = 0

  /// Times are nanoseconds of a monotonic clock.
  init(at time: UInt64) { since = time }

  mutating func firstByte(at time: UInt64) {
    if waiting == .request { (waiting, since) = (.rest, time) }
  }

  mutating func begin(_ next: Waiting, at time: UInt64) {
    if waiting == .farewell { return }
    (waiting, since, unsent) = (next, time, 0)
  }

  /// - Parameter unsent: bytes that are queued and not taken. Any change is progress.
  mutating func isOver(at time: UInt64, unsent: Int) -> Bool {
    if waiting == .reader, unsent != self.unsent { (self.unsent, since) = (unsent, time) }
    return time >= since + limit * 1_000_000_000
  }

  private var limit: UInt64 {
    switch waiting {
    case .request: 75
    case .rest: 30
    case .reader: 75
    case .farewell: 5
    }
  }
}
