/// When a failed transfer is tried again, and after how long. Decides, does nothing.
package struct RetryPolicy: Hashable, Sendable {
  /// How many tries in a row may fail without progress.
  package var attempts: Int
  /// Before the second try; doubled for each one after it.
  package var baseDelay: Duration
  package var maximumDelay: Duration
  /// A server that asks for a longer wait than this is not waited for.
  package var longestRetryAfter: Duration
  /// What a try must add to count as progress, in bytes. Less would let a server keep a mirror busy for ever with a
  /// byte at a time.
  package var minimumProgress: Int64

  package init(
    attempts: Int = 5, baseDelay: Duration = .seconds(1), maximumDelay: Duration = .seconds(60),
    longestRetryAfter: Duration = .seconds(300), minimumProgress: Int64 = 256 * 1024
  ) {
    self.attempts = attempts
    self.baseDelay = baseDelay
    self.maximumDelay = maximumDelay
    self.longestRetryAfter = longestRetryAfter
    self.minimumProgress = minimumProgress
  }

  package enum Decision: Hashable, Sendable {
    case giveUp
    /// From byte 0, at once, and without ranges from here on.
    case startOver
    /// From where the sink stands.
    case resume(after: Duration)
  }

  /// - Parameters:
  ///   - attempt: how many tries have failed, this one included.
  ///   - jitter: 0 to 1. Full jitter: mirrors that lost the same server must not come back in step.
  package func decide(_ error: TransferError, attempt: Int, jitter: Double) -> Decision {
    if attempt >= attempts { return .giveUp }
    switch error {
    case .rangeRefused, .wrongRange:
      return .startOver
    case .status(_, let code, let retryAfter) where TransferError.isTransient(status: code):
      let asked = Duration.seconds(retryAfter ?? 0)
      return asked > longestRetryAfter ? .giveUp : .resume(after: max(asked, backoff(attempt, jitter)))
    case .proxyRefused(_, let code) where TransferError.isTransient(status: code):
      return .resume(after: backoff(attempt, jitter))
    case .unresolved, .unconnected, .handshakeFailed, .proxyFailed, .connectTimeout, .stalled, .interrupted,
      .truncated:
      return .resume(after: backoff(attempt, jitter))
    default:
      return .giveUp
    }
  }

  private func backoff(_ attempt: Int, _ jitter: Double) -> Duration {
    // Beyond 2^30 the maximum has long been reached.
    let ceiling = min(maximumDelay, baseDelay * (1 << min(max(0, attempt - 1), 30)))
    return ceiling * min(1, max(0, jitter))
  }
}

/// Counts failed tries. One that made progress halves the count, so that a long file comes through a line that
/// breaks again and again, while one that does not move ends soon.
struct RetryCount: Hashable, Sendable {
  private(set) var failures = 0
  private var highest: Int64

  init(startingAt position: Int64) {
    highest = position
  }

  mutating func fail(at position: Int64, minimumProgress: Int64) {
    if position - highest >= max(1, minimumProgress) {
      highest = position
      failures = max(1, failures / 2)
    } else {
      failures += 1
    }
  }
}
