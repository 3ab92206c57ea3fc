import NIOCore
import Synchronization

/// The connections that are open, so that a stop can let them finish.
final class OpenConnections: Sendable {
  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isClosing = false
  }

  struct Closing: Error {}

  private let state = Mutex(State())

  /// Throws when the server stops already.
  func add(_ channel: any Channel) throws {
    let id = ObjectIdentifier(channel)
    try state.withLock { state in
      if state.isClosing { throw Closing() }
      state.channels[id] = channel
    }
    channel.closeFuture.whenComplete { _ in self.state.withLock { _ = $0.channels.removeValue(forKey: id) } }
  }

  /// Idle connections close now, the others when their response is out.
  func finish() {
    let channels = state.withLock { state in
      state.isClosing = true
      return Array(state.channels.values)
    }
    for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
  }

  /// Whether all are closed before the time is over.
  func waitUntilEmpty(for limit: Duration) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while state.withLock({ !$0.channels.isEmpty }) {
      if ContinuousClock.now >= deadline { return false }
      // Cancelled: then it is asked more often, and ends no later.
      try? await Task.sleep(for: .milliseconds(10))
    }
    return true
  }

  /// Closes what is left, and says how many that were.
  func cut() -> Int {
    let channels = state.withLock { Array($0.channels.values) }
    for channel in channels { channel.close(promise: nil) }
    return channels.count
  }
}
