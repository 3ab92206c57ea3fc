import Synchronization

/// What was sent since it was last looked at. An event loop leaves it here and goes on; equal answers are one entry, so
/// that neither a busy client nor a slow disk fills the memory.
final class RecentDownloads: Sendable {
  /// Answers that do not differ in what anybody asks about them.
  struct Kind: Hashable, Sendable {
    var client: String
    var agent: String?
    var publication: String
    var target: String
    /// Bytes that were sent, of an answer that came to its end; `nil` of one that was cut.
    var length: Int64?

    /// About what an entry takes of the memory.
    var weight: Int { client.utf8.count + (agent?.utf8.count ?? 0) + target.utf8.count + 200 }
  }

  struct Sum: Sendable, Equatable {
    var count = 0
    var bytes: Int64 = 0
    /// Seconds since 1970 of the last one.
    var time: Int64 = 0
  }

  private struct State {
    var sums: [Kind: Sum] = [:]
    var weight = 0
    /// By client.
    var weights: [String: Int] = [:]
    var dropped = 0
  }

  /// In bytes; then further ones are dropped and counted until somebody looks. Targets are the client's text.
  static let limit = 8 << 20

  /// Of it, what one client may take: agents and ranges are its text, and must not crowd others out.
  private static let share = limit / 16

  private let state = Mutex(State())

  /// How many were dropped since the start.
  var dropped: Int { state.withLock { $0.dropped } }

  func add(_ record: ExchangeRecord) {
    guard let publication = record.publication, record.method == "GET", [200, 206, 304].contains(record.status) else {
      return
    }
    let kind = Kind(
      client: record.client, agent: record.agent, publication: publication, target: record.target,
      length: record.isComplete ? record.sent : nil)
    state.withLock { state in
      // One look-up for what is asked for again and again.
      if let index = state.sums.index(forKey: kind) { return state.sums.values[index].add(record) }
      let own = state.weights[kind.client, default: 0] + kind.weight
      guard state.weight + kind.weight <= Self.limit, own <= Self.share else {
        state.dropped += 1
        return
      }
      state.weight += kind.weight
      state.weights[kind.client] = own
      state.sums[kind, default: Sum()].add(record)
    }
  }

  func take() -> [Kind: Sum] {
    state.withLock { state in
      defer { (state.sums, state.weight, state.weights) = ([:], 0, [:]) }
      return state.sums
    }
  }
}

extension RecentDownloads.Sum {
  fileprivate mutating func add(_ record: ExchangeRecord) {
    count += 1
    bytes += record.sent
    time = max(time, record.time)
  }
}
