/// From when on an upstream is no longer believed without a word.
package struct UpstreamLimits: Sendable, Equatable {
  /// The share of the last snapshot, in percent, above which a removal waits for confirmation.
  package var maxRemoval = 50
  /// Seconds after which an index that does not move is warned of; 0 for never.
  package var maxAge: Int64 = 7 * 86400
}

extension UpstreamLimits {
  /// From a source's table.
  init(_ table: TableReader) {
    if let value = table.percent("max_removal") { maxRemoval = value }
    if let value = table.duration("max_age") { maxAge = value }
  }
}
