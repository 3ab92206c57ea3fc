/// How a source does, as far as the metrics tell it.
package struct SourceHealth: Sendable, Equatable {
  package var name: String
  /// Seconds since 1970; `nil` if no sync ever succeeded.
  package var lastGood: Int64?
  /// The snapshot that the last good sync left.
  package var snapshot: String?

  /// What the last accepted index says of its own time, in seconds since 1970.
  package var indexUpdated: Int64?
  /// Whether that is longer ago than the source's max_age allows.
  package var isIndexTooOld = false

  package init(name: String, lastGood: Int64?, snapshot: String?) {
    self.name = name
    self.lastGood = lastGood
    self.snapshot = snapshot
  }
}
