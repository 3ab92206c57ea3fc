import Synchronization

/// The limits that hold now: a reload changes them under connections that are open.
final class LimitBook: Sendable {
  private let state: Mutex<ServerLimits>

  init(_ limits: ServerLimits) { state = Mutex(limits) }

  var limits: ServerLimits {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}
