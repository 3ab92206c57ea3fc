import Synchronization

/// The limits that hold now: a reload changes them under connections that are open.
final class LimitBook: Sendable {
  private let state: Mutex<ServerLimits>
  private let hasRates: Atomic<Bool>

  init(_ limits: ServerLimits) {
    state = Mutex(limits)
    hasRates = Atomic(limits.hasRates)
  }

  /// Asked before every write: whether bandwidth is limited at all.
  var isPacing: Bool { hasRates.load(ordering: .relaxed) }

  var limits: ServerLimits {
    get { state.withLock { $0 } }
    set {
      state.withLock { $0 = newValue }
      hasRates.store(newValue.hasRates, ordering: .relaxed)
    }
  }
}

extension ServerLimits {
  fileprivate var hasRates: Bool { rate != nil || clientRate != nil }
}
