package import Catalog
import Storage

/// When the disk will be full, if the store grows on as it did. Pure: from the sizes of the last days to a day.
package enum DiskForecast: Sendable, Equatable {
  /// Too few days are known to say anything that would be more than a guess.
  case notEnough(days: Int)
  /// The store does not grow, or so slowly that it does not matter.
  case steady(bytesPerDay: Int64)
  case full(inDays: Int64, bytesPerDay: Int64)

  /// On so many different days the store must have been seen, and they must be as far apart.
  package static let least = 7
  /// What was longer ago says little: selections change, and upstream does.
  static let window: Int64 = 60
  /// Beyond this a straight line is no forecast.
  static let horizon: Int64 = 5 * 365

  /// - Parameters:
  ///   - sizes: by day, one for each at most. They have what clean-ups freed in them.
  ///   - free: what the store may still take.
  ///   - today: in days since 1970. A later one was noted under a clock that was ahead, and is not known yet.
  package init(_ sizes: [CatalogDatabase.StoreSize], free: Int64, today: Int64) {
    let sizes = sizes.filter { $0.day <= today }
    let last = sizes.map(\.day).max() ?? 0
    let recent = sizes.filter { $0.day > last - Self.window }
    let first = recent.map(\.day).min() ?? 0
    guard recent.count >= Self.least, last - first >= Int64(Self.least) - 1 else {
      self = .notEnough(days: recent.count)
      return
    }
    let growth = Self.slope(recent)
    guard growth >= 1 else {
      self = .steady(bytesPerDay: Int64(growth.rounded()))
      return
    }
    let days = (Double(max(0, free)) / growth).rounded(.down)
    if days > Double(Self.horizon) {
      self = .steady(bytesPerDay: Int64(growth.rounded()))
    } else {
      self = .full(inDays: Int64(days), bytesPerDay: Int64(growth.rounded()))
    }
  }

  /// Bytes a day, by least squares: one large day is spread over all.
  private static func slope(_ sizes: [CatalogDatabase.StoreSize]) -> Double {
    let count = Double(sizes.count)
    let meanDay = sizes.reduce(0) { $0 + Double($1.day) } / count
    let meanSize = sizes.reduce(0) { $0 + Double($1.bytes) } / count
    let (above, below) = sizes.reduce((0.0, 0.0)) { sums, size in
      let days = Double(size.day) - meanDay
      return (sums.0 + days * (Double(size.bytes) - meanSize), sums.1 + days * days)
    }
    return below > 0 ? above / below : 0
  }
}

extension MirrorStore {
  /// Notes how large the store is today.
  package func noteSize(now: Int64) throws {
    var bytes: Int64 = 0
    try blobs.forEach { _, size throws(StorageError) in bytes += size }
    try catalog.note(.init(day: now / 86400, bytes: bytes))
  }
}
