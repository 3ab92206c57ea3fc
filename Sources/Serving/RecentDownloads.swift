import Synchronization

/// What one event loop sent since that was last looked at. Equal answers are one entry, so that neither a busy client nor
/// a slow disk fills the memory.
final class RecentDownloads: Sendable {
  /// Answers that do not differ in what anybody asks about them.
  struct Kind: Hashable, Sendable {
    var client: String
    var agent: String?
    var publication: String
    /// The file's `PathKey`.
    var key: String
    var part: TakenPart

    /// About what an entry takes of the memory.
    var weight: Int {
      var weight = client.utf8.count + (agent?.utf8.count ?? 0) + key.utf8.count + 200
      if case .ranges(let ranges) = part { weight += ranges.count * 16 }
      return weight
    }
  }

  struct Sum: Sendable, Equatable {
    var count = 0
    var bytes: Int64 = 0
    /// Seconds since 1970 of the last one.
    var time: Int64 = 0

    static func + (left: Sum, right: Sum) -> Sum {
      Sum(count: left.count + right.count, bytes: left.bytes + right.bytes, time: max(left.time, right.time))
    }
  }

  /// A `Kind` that is told apart by what its parts are rather than by what they say, which takes no hashing of text.
  fileprivate struct Mark: Hashable {
    var visitor: ObjectIdentifier
    var file: ObjectIdentifier
    var part: TakenPart
  }

  fileprivate struct Entry {
    var visitor: Visitor
    var file: TreeView.Entry
    var sum: Sum
  }

  fileprivate struct State {
    /// The latest, which are not among the sums yet.
    var entries: [Mark: Entry] = [:]
    var sums: [Kind: Sum] = [:]
    var weight = 0
    /// By client.
    var weights: [String: Int] = [:]
    var dropped = 0
  }

  private static let latest = 256

  /// In bytes; then further ones are dropped and counted until somebody looks.
  static let limit = 8 << 20
  /// Of it, what one client may take: agents and ranges are its text, and must not crowd others out.
  static let share = limit / 16

  private let state = Mutex(State())

  /// How many were dropped since the start.
  var dropped: Int { state.withLock { $0.dropped } }

  func add(_ delivery: Delivery) {
    let (visitor, file) = (delivery.visitor, delivery.file)
    let mark = Mark(visitor: ObjectIdentifier(visitor), file: ObjectIdentifier(file), part: delivery.part)
    let sum = Sum(count: 1, bytes: delivery.bytes, time: delivery.time)
    state.withLock { state in
      // One look-up for what is asked for again and again.
      if let index = state.entries.index(forKey: mark) {
        return state.entries.values[index].sum = state.entries.values[index].sum + sum
      }
      if state.entries.count >= Self.latest { state.fold() }
      state.entries[mark] = Entry(visitor: visitor, file: file, sum: sum)
    }
  }

  func take() -> [Kind: Sum] {
    state.withLock { state in
      state.fold()
      defer { (state.sums, state.weight, state.weights) = ([:], 0, [:]) }
      return state.sums
    }
  }
}

extension RecentDownloads.State {
  fileprivate mutating func fold() {
    for (mark, entry) in entries { add(entry, mark.part) }
    entries.removeAll(keepingCapacity: true)
  }

  private mutating func add(_ entry: RecentDownloads.Entry, _ part: TakenPart) {
    guard let publication = entry.file.publication else { return }
    let kind = RecentDownloads.Kind(
      client: entry.visitor.client, agent: entry.visitor.agent, publication: publication, key: entry.file.key,
      part: part)
    if let sum = sums[kind] { return sums[kind] = sum + entry.sum }
    let own = weights[kind.client, default: 0] + kind.weight
    guard weight + kind.weight <= RecentDownloads.limit, own <= RecentDownloads.share else {
      dropped += entry.sum.count
      return
    }
    weight += kind.weight
    weights[kind.client] = own
    sums[kind] = entry.sum
  }
}
