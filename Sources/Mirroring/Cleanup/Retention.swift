package import Storage

/// What a clean-up leaves for how long. Pure: from what there is and the time to what stays.
package struct Retention: Sendable {
  package struct Snapshots: Sendable, Equatable {
    /// The newest ones; at least 1.
    package var count: Int
    /// And those that are younger, in seconds.
    package var age: Int64

    package init(count: Int, age: Int64) {
      self.count = count
      self.age = age
    }
  }

  /// By source. One that is not here was taken out of mirror.conf, and keeps its newest: a typing mistake must not cost
  /// a mirror its images.
  package var sources: [String: Snapshots]
  /// Sources whose snapshots are to go.
  package var forgotten: Set<String>
  /// Replaced states of a publication that stay after their grace period.
  package var states: Int
  /// Seconds for which a replaced tree's files can still be downloaded.
  package var grace: Int64
  /// Seconds that leftovers stay, and what a sync fetched that did not end.
  package var leftovers: Int64

  package init(
    sources: [String: Snapshots], forgotten: Set<String> = [], states: Int, grace: Int64, leftovers: Int64
  ) {
    self.sources = sources
    self.forgotten = forgotten
    self.states = states
    self.grace = grace
    self.leftovers = leftovers
  }

  /// - Parameter published: the snapshots that the current and the kept trees are made of.
  func kept(_ snapshots: [SnapshotFacts], published: Set<SnapshotID>, now: Int64) -> [SnapshotFacts] {
    Dictionary(grouping: snapshots, by: \.source).flatMap { source, all in
      let rule = sources[source] ?? Snapshots(count: 1, age: 0)
      let newestFirst = all.sorted { ($0.sequence, $0.created) > ($1.sequence, $1.created) }
      return newestFirst.enumerated().filter { position, snapshot in
        if published.contains(snapshot.id) { return true }
        if forgotten.contains(source) { return false }
        return position < max(1, rule.count) || now - snapshot.created < rule.age
      }.map(\.element)
    }
  }

  /// The replaced states that stay: those that must still be served, and the newest of the others for a way back.
  ///
  /// - Parameter isReadable: whether a state's tree can be read. One that cannot is no way back.
  func kept(
    _ record: PublicationRecord, now: Int64, isReadable: (PublicationRecord.State) throws -> Bool
  ) rethrows -> [PublicationRecord.State] {
    let graced = Set(record.withinGrace(grace, at: now).map(\.number))
    var left = states
    return try record.history.filter { state in
      if graced.contains(state.number) {
        left -= 1
        return true
      }
      guard left > 0, try isReadable(state) else { return false }
      left -= 1
      return true
    }
  }

  func isOver(_ leftover: Leftover, now: Int64) -> Bool { !isKept(since: leftover.since, now: now) }

  /// A clock that was set back keeps more and not less.
  func isKept(since time: Int64, now: Int64) -> Bool { now - time < leftovers }
}

/// What decides about a snapshot, without its list of files.
package struct SnapshotFacts: Sendable, Hashable {
  package var id: SnapshotID
  package var source: String
  package var sequence: Int
  package var created: Int64

  init(_ id: SnapshotID, _ snapshot: Snapshot) {
    self.init(id: id, source: snapshot.source, sequence: snapshot.sequence, created: snapshot.created)
  }

  init(id: SnapshotID, source: String, sequence: Int, created: Int64) {
    self.id = id
    self.source = source
    self.sequence = sequence
    self.created = created
  }
}
