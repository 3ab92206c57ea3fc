/// What `[gc]` says.
package struct CleanupSettings: Sendable, Equatable {
  /// Whether `sync --publish` cleans up behind itself.
  package var automatic = true
  /// The share of the store, in percent, above which nothing is removed until somebody says so.
  package var maxRemoval = 50
  /// Replaced states of each publication that stay when their grace period is over.
  package var keepStates = 2
  /// Seconds that broken-off downloads and files that were set aside stay.
  package var keepLeftovers: Int64 = 14 * 86400
}

/// Which of its snapshots a source keeps.
package struct RetentionSettings: Sendable, Equatable {
  /// The newest ones; at least 1.
  package var snapshots = 2
  /// And those that are no older than so many days.
  package var days = 0
}

extension CleanupSettings {
  init(_ table: TableReader?) {
    guard let table else { return }
    if let value = table.boolean("automatic") { automatic = value }
    if let value = table.percent("max_removal") { maxRemoval = value }
    if let value = table.integer("keep_states", in: 0...1000) { keepStates = value }
    if let value = table.duration("keep_leftovers") { keepLeftovers = value }
    table.refuseOthers()
  }
}

extension RetentionSettings {
  /// From a source's table.
  init(_ table: TableReader) {
    if let value = table.integer("keep_snapshots", in: 1...10000) { snapshots = value }
    if let value = table.integer("keep_days", in: 0...36500) { days = value }
  }
}
