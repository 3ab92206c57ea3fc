import NIOCore
import Synchronization

/// The connections that are open: counted, so that there are no more than may be, and known, so that a stop can let
/// them finish.
final class OpenConnections: Sendable {
  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    var byAddress: [String: Int] = [:]
    var isClosing = false
    /// Whether nobody waits for those that are left.
    var isHurried = false
    /// Who wants to accept, and may not yet.
    var waiting: [@Sendable () -> Void] = []
  }

  struct Closing: Error {}

  private let book: LimitBook
  private let state = Mutex(State())

  init(book: LimitBook) { self.book = book }

  var count: Int { state.withLock { $0.channels.count } }
  /// Whether an address has more than it may.
  func isOver(_ address: String) -> Bool {
    let limit = book.limits.connectionsPerAddress
    return limit > 0 && state.withLock { $0.byAddress[address] ?? 0 } > limit
  }

  var isClosing: Bool { state.withLock { $0.isClosing } }

  /// Counts one that was accepted, if there is room for it. If not, `retry` is called as by `hasRoom`.
  func add(_ channel: any Channel, else retry: @escaping @Sendable () -> Void) -> Bool {
    let id = ObjectIdentifier(channel)
    let address = ClientAddress.of(channel)
    let limit = self.limit
    let isIn = state.withLock { state in
      guard state.channels.count < limit else {
        state.waiting.append(retry)
        return false
      }
      state.channels[id] = channel
      state.byAddress[address, default: 0] += 1
      return true
    }
    if isIn { channel.closeFuture.whenComplete { _ in self.remove(id, from: address) } }
    return isIn
  }

  private func remove(_ id: ObjectIdentifier, from address: String) {
    state.withLock { state in
      state.channels[id] = nil
      let left = (state.byAddress[address] ?? 1) - 1
      state.byAddress[address] = left > 0 ? left : nil
    }
    wake()
  }

  /// Whether one more may be accepted. If not, `retry` is called once, on any thread, when that may have changed.
  func hasRoom(else retry: @escaping @Sendable () -> Void) -> Bool {
    let limit = self.limit
    return state.withLock { state in
      if state.channels.count < limit { return true }
      state.waiting.append(retry)
      return false
    }
  }

  private var limit: Int { book.limits.connections(filesAllowed: OpenFileLimit.current) }

  /// Whether there is no room for what all doors could let in at once.
  var isNearlyFull: Bool {
    let limit = self.limit
    return state.withLock { $0.channels.count } > limit - 256
  }

  /// Lets those ask again who found no room.
  func wake() {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    for retry in waiting { retry() }
  }

  /// Idle connections close now, the others when their response is out.
  func finish() {
    let channels = state.withLock { state in
      state.isClosing = true
      return Array(state.channels.values)
    }
    for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
  }

  /// From now on nobody waits for what is left.
  func hurry() { state.withLock { $0.isHurried = true } }

  /// Whether all are closed before the time is over.
  func waitUntilEmpty(for limit: Duration) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while state.withLock({ !$0.channels.isEmpty }) {
      if state.withLock({ $0.isHurried }) || ContinuousClock.now >= deadline { return false }
      // Cancelled: then it is asked more often, and ends no later.
      try? await Task.sleep(for: .milliseconds(10))
    }
    return true
  }

  /// Closes what is left.
  func cut() {
    let channels = state.withLock { Array($0.channels.values) }
    for channel in channels { channel.close(promise: nil) }
  }
}
