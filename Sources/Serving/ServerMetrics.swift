import Synchronization

/// What one event loop counts, which nobody else writes to: loops that share a count would wait for each other. A scrape
/// adds them up.
final class ServerMetrics: Sendable {
  struct Key: Hashable, Sendable {
    var publication: String
    /// `200`
    var status: String
  }

  struct Answers: Sendable, Equatable {
    var count = 0
    /// Of bodies.
    var bytes: Int64 = 0

    static func + (left: Answers, right: Answers) -> Answers {
      Answers(count: left.count + right.count, bytes: left.bytes + right.bytes)
    }
  }

  struct Counts: Sendable {
    fileprivate var rows: [Row] = []
    var inProgress = 0
    var aborted = 0
    var firstByte = Histogram()
    /// Connections.
    var accepted = 0
    var refused = 0
  }

  fileprivate struct Row: Sendable {
    var publication: String
    var status: Int
    var answers = Answers()
  }

  private let state = Mutex(Counts())

  var counts: Counts { state.withLock { $0 } }

  func begin() { state.withLock { $0.inProgress += 1 } }
  func end(_ record: ExchangeRecord) { state.withLock { $0.add(record) } }
  func accepted() { state.withLock { $0.accepted += 1 } }
  func refused() { state.withLock { $0.refused += 1 } }
}

extension ServerMetrics.Counts {
  var answers: [ServerMetrics.Key: ServerMetrics.Answers] {
    let pairs = rows.map { row in
      // `none`: the client left before it was answered.
      let status = row.status == 0 ? "none" : "\(row.status)"
      return (ServerMetrics.Key(publication: row.publication, status: status), row.answers)
    }
    return Dictionary(pairs) { $0 + $1 }
  }

  fileprivate mutating func add(_ record: ExchangeRecord) {
    inProgress -= 1
    if !record.isComplete { aborted += 1 }
    if let first = record.firstByte { firstByte.add(first) }
    let row = row(record.publication ?? "", record.status)
    rows[row].answers = rows[row].answers + .init(count: 1, bytes: record.sent)
  }

  /// Looked through rather than hashed: there are few.
  private mutating func row(_ publication: String, _ status: Int) -> Int {
    if let row = rows.firstIndex(where: { $0.status == status && $0.publication == publication }) { return row }
    rows.append(.init(publication: publication, status: status))
    return rows.count - 1
  }

  static func + (left: Self, right: Self) -> Self {
    var sum = left
    sum.rows += right.rows
    sum.inProgress += right.inProgress
    sum.aborted += right.aborted
    sum.firstByte.add(right.firstByte)
    sum.accepted += right.accepted
    sum.refused += right.refused
    return sum
  }
}
