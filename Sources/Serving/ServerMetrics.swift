import Synchronization

/// What the server counts. Each connection's event loop adds to it; a scrape takes a copy.
final class ServerMetrics: Sendable {
  struct Key: Hashable, Sendable {
    var publication: String
    /// `200`
    var status: String
  }

  struct Answers: Sendable {
    var count = 0
    /// Of bodies.
    var bytes: Int64 = 0
  }

  struct Counts: Sendable {
    var answers: [Key: Answers] = [:]
    var inProgress = 0
    var aborted = 0
    var firstByte = Histogram()
    /// Connections.
    var accepted = 0
    var refused = 0
  }

  private let state = Mutex(Counts())

  var counts: Counts { state.withLock { $0 } }

  func begin() { state.withLock { $0.inProgress += 1 } }

  func end(_ record: ExchangeRecord) {
    let publication = record.publication ?? ""
    let key = Key(publication: publication, status: Self.name(of: record.status))
    state.withLock { counts in
      counts.inProgress -= 1
      counts.answers[key, default: Answers()].count += 1
      counts.answers[key, default: Answers()].bytes += record.sent
      if !record.isComplete { counts.aborted += 1 }
      if let firstByte = record.firstByte { counts.firstByte.add(firstByte) }
    }
  }

  func accepted() { state.withLock { $0.accepted += 1 } }
  func refused() { state.withLock { $0.refused += 1 } }

  /// `none`: the client left before it was answered.
  private static func name(of status: Int) -> String { status == 0 ? "none" : "\(status)" }
}
