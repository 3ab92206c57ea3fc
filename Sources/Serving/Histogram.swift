/// Counts of durations, by the bound that they stay under.
struct Histogram: Sendable, Equatable {
  /// Nanoseconds; the last bucket has no bound.
  static let bounds: [Int64] = [
    500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000,
    1_000_000_000, 5_000_000_000,
  ]

  private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  private(set) var sum: Int64 = 0

  var count: Int { counts.reduce(0, +) }

  mutating func add(_ duration: Int64) {
    counts[Self.bounds.firstIndex { duration <= $0 } ?? Self.bounds.count] += 1
    sum += duration
  }

  mutating func add(_ other: Histogram) {
    for (index, count) in other.counts.enumerated() { counts[index] += count }
    sum += other.sum
  }
}
