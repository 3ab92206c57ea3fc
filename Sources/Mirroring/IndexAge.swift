package import Catalog
import Simplestreams

/// How old the last accepted state is by its own word: what its index says, or the newest of its products files where that says
/// nothing. One that never moves may be a freeze: somebody who cannot forge
/// anything keeps a mirror on old images by never showing it anything newer.
package struct IndexAge: Sendable, Equatable {
  /// Seconds since 1970.
  package var updated: Int64
  package var seconds: Int64
  /// Seconds; 0 for any age.
  package var limit: Int64

  package var isTooOld: Bool { limit > 0 && seconds > limit }

  /// `nil` when nothing was accepted yet, or it says nothing of its time.
  package init?(_ state: SourceState?, limit: Int64, now: Int64) {
    let documents = state?.documents ?? []
    let index = documents.first { $0.role == "index" }?.updated
    self.init(of: index ?? documents.compactMap(\.updated).max(), limit: limit, now: now)
  }

  package init?(of updated: Int64?, limit: Int64, now: Int64) {
    guard let updated else { return nil }
    self.updated = updated
    seconds = now - updated
    self.limit = limit
  }

  /// In the largest unit that says it whole, as it may have been written.
  private var allowed: String {
    let units: [(seconds: Int64, one: String)] = [(86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")]
    let unit = units.first { limit % $0.seconds == 0 } ?? (1, "second")
    return Counted.text(Int(limit / unit.seconds), unit.one)
  }

  package var warning: String {
    "upstream's state is from \(Timestamp(seconds: updated).iso), older than max_age (\(allowed)): nothing new "
      + "came out, or somebody keeps it from us"
  }
}
