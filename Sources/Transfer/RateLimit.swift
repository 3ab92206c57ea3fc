import Synchronization

/// A client's rate limit over all transfers on all its threads.
///
/// curl's own (`CURLOPT_MAX_RECV_SPEED_LARGE`) knows one transfer at a time, which small files finish before it
/// looks, and 7.88 lets 2 MB through in half a second at 200 kB/s. So each piece of a body asks here, and the
/// transfer pauses when the answer is no.
final class RateLimit: Sendable {
  private let budget: Mutex<RateBudget>
  private let clock = ContinuousClock()

  init(bytesPerSecond: Int64) {
    budget = Mutex(RateBudget(bytesPerSecond: bytesPerSecond, at: clock.now))
  }

  /// Whether so many bytes may be taken now; if so they count.
  func take(_ bytes: Int) -> Bool { budget.withLock { $0.take(bytes, at: clock.now) } }

  /// How long nothing may be taken.
  var pause: Duration { budget.withLock { $0.pause(at: clock.now) } }
}

/// What may be received at a point in time. One piece may overdraw it; the debt is paid off by waiting.
struct RateBudget: Hashable, Sendable {
  private let bytesPerSecond: Double
  private var balance: Double = 0
  private var settled: ContinuousClock.Instant

  init(bytesPerSecond: Int64, at now: ContinuousClock.Instant) {
    self.bytesPerSecond = Double(max(1, bytesPerSecond))
    settled = now
  }

  mutating func take(_ bytes: Int, at now: ContinuousClock.Instant) -> Bool {
    settle(now)
    if balance < 0 { return false }
    balance -= Double(bytes)
    return true
  }

  mutating func pause(at now: ContinuousClock.Instant) -> Duration {
    settle(now)
    return .seconds(max(0, -balance) / bytesPerSecond)
  }

  /// Only a tenth of a second's bytes are saved up, to bridge the loop's naps, so that the limit also holds after an
  /// idle hour.
  private mutating func settle(_ now: ContinuousClock.Instant) {
    balance = min(bytesPerSecond / 10, balance + (now - settled) / .seconds(1) * bytesPerSecond)
    settled = now
  }
}
