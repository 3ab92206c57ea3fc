import Synchronization

/// A client's rate limit, divided equally among the transfers under way on all its threads.
final class RateShare: Sendable {
  private let bytesPerSecond: Int64
  private let active = Atomic<Int>(0)

  init(bytesPerSecond: Int64) {
    self.bytesPerSecond = bytesPerSecond
  }

  func join() { active.add(1, ordering: .relaxed) }
  func leave() { active.subtract(1, ordering: .relaxed) }

  /// Bytes a second for one transfer, never 0, which curl takes for “no limit”.
  var share: Int64 { max(1, bytesPerSecond / Int64(max(1, active.load(ordering: .relaxed)))) }
}
