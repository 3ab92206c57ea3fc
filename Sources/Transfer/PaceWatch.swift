/// Whether a body comes at a tolerable pace. A peer that sends a byte now and then is never silent, and would hold its
/// connection, and with it the sync, for years.
struct PaceWatch: Hashable, Sendable {
  /// 0: none.
  private let bytesPerSecond: Int64
  private let window: Duration
  private var start: ContinuousClock.Instant?
  private var base: Int64 = 0

  init(bytesPerSecond: Int64, window: Duration) {
    self.bytesPerSecond = bytesPerSecond
    self.window = window
  }

  /// To be asked now and then, with what was received until now.
  mutating func isTooSlow(received: Int64, at now: ContinuousClock.Instant) -> Bool {
    if bytesPerSecond <= 0 { return false }
    guard let start else {
      (self.start, base) = (now, received)
      return false
    }
    if now - start < window { return false }
    let expected = Double(bytesPerSecond) * (window / .seconds(1))
    defer { (self.start, base) = (now, received) }
    return Double(received - base) < expected
  }

  /// The wait that begins is ours.
  mutating func pause() { start = nil }
}
