package import Catalog
import Simplestreams

/// How old the last accepted index is by its own word. One that never moves may be a freeze: somebody who cannot forge
/// anything keeps a mirror on old images by never showing it anything newer.
package struct IndexAge: Sendable, Equatable {
  /// Seconds since 1970.
  package var updated: Int64
  package var seconds: Int64
  /// Seconds; 0 for any age.
  package var limit: Int64

  package var isTooOld: Bool { limit > 0 && seconds > limit }

  /// `nil` when no index was accepted yet, or it says nothing of its time.
  package init?(_ state: SourceState?, limit: Int64, now: Int64) {
    guard let updated = state?.documents.first(where: { $0.role == "index" })?.updated else { return nil }
    self.updated = updated
    seconds = now - updated
    self.limit = limit
  }

  package var warning: String {
    "upstream's index is from \(Timestamp(seconds: updated).iso), older than max_age (\(limit / 86400) days): nothing new "
      + "came out, or somebody keeps it from us"
  }
}
