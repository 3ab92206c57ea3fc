/// The time that a publication is given. Pure.
///
/// It does not go back when the clock does: regions and mirrors of this mirror would take the newer tree for the older one. But
/// what was published while the clock was ahead nobody takes who has the right time, until that time comes.
struct PublicationClock: Sendable, Equatable {
  /// Seconds by which the last time must be ahead: what is less is over before anybody asks.
  static let tolerance: Int64 = 86400

  let time: Int64
  /// Whether the last time was made up by a clock that was ahead: then nothing of that time is used again.
  let goesBack: Bool

  /// - Parameters:
  ///   - last: of the last switch.
  ///   - witnessed: the newest signature of upstream's. A clock that stands before it was set back itself, and can tell
  ///     nothing of another; without one nobody can tell which of the two was wrong.
  init(now: Int64, last: Int64, witnessed: Int64?) {
    goesBack = last - now > Self.tolerance && (witnessed.map { $0 <= now } ?? false)
    time = goesBack ? now : max(now, last + 1)
  }
}
