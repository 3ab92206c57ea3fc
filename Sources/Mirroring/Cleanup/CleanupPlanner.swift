import Catalog
import Simplestreams
import Storage

/// Reads the data folder and works out what nothing needs any more. Changes nothing.
///
/// What a damaged record or manifest named would pass for garbage, and nobody can tell any more: for the grace period nothing
/// is removed that it may have named. A disk that cannot be read, and a newer format, end it.
package struct CleanupPlanner: Sendable {
  let store: MirrorStore
  let retention: Retention
  let now: Int64

  package init(store: MirrorStore, retention: Retention, now: Int64) {
    self.store = store
    self.retention = retention
    self.now = now
  }

  package func plan() throws -> CleanupPlan {
    var plan = CleanupPlan()
    plan.forgotten = retention.forgotten
    var (live, going) = (LiveSet(), LiveSet())
    let published = try readPublications(&plan, &live, &going)
    try readSnapshots(published, &plan, &live, &going)
    let states = try store.catalog.states().filter { !retention.forgotten.contains($0.source) }
    for state in states { live.add(state) }
    let leftovers = try store.folder.leftovers()
    plan.leftovers = leftovers.filter { retention.isOver($0, now: now) }
    for leftover in leftovers where mayNameBlobs(leftover) {
      plan.hold(until: leftover.since + retention.grace, now: now)
    }
    var blobs: [CleanupPlan.Blob] = []
    try store.blobs.forEach { digest, size throws(StorageError) in blobs.append(.init(digest: digest, size: size)) }
    plan.sort(blobs, live: live, going: going)
    if let start = unfinishedSince(states) {
      try plan.keepUnfinished { digest throws(StorageError) in
        guard let arrival = try store.blobs.arrival(of: digest) else { return false }
        return arrival >= start && retention.isKept(since: arrival, now: now)
      }
    }
    return plan
  }

  /// From when on what arrived may belong to a sync that did not end: a sync that ends names all that it fetched, or the
  /// versions that lack something of it. `nil` where there is no source to go on.
  private func unfinishedSince(_ states: [SourceState]) -> Int64? {
    let ends = Dictionary(uniqueKeysWithValues: states.map { ($0.source, $0.lastEnd) })
    return retention.sources.keys.map { (ends[$0] ?? nil) ?? .min }.min()
  }

  /// - Returns: the snapshots that what is published is made of.
  private func readPublications(
    _ plan: inout CleanupPlan, _ live: inout LiveSet, _ going: inout LiveSet
  ) throws -> Set<SnapshotID> {
    var published: Set<SnapshotID> = []
    for path in try store.publications.paths() {
      do {
        try readPublication(path, &plan, &live, &going, &published)
      } catch let error as StorageError where error.isDamage {
        plan.damaged.append("/\(path)/: \(error)")
        plan.hold(until: (try store.publications.changed(path) ?? now) + retention.grace, now: now)
      }
    }
    return published
  }

  private func readPublication(
    _ path: PublicationPath, _ plan: inout CleanupPlan, _ live: inout LiveSet, _ going: inout LiveSet,
    _ published: inout Set<SnapshotID>
  ) throws {
    guard let record = try store.publications.record(path) else { return }
    try refuse(record.format, PublicationRecord.currentFormat, "the record of /\(path)/")
    let kept = try retention.kept(record, now: now) { try isReadable($0.tree) }
    for state in [record.current] + kept {
      if let replaced = state.replacedAt, try !isReadable(state.tree) {
        // Nothing brings it back, and what it named is due to regions until its time is over.
        plan.hold(until: replaced + retention.grace, now: now)
        continue
      }
      let tree = try store.publications.tree(state.tree)
      try refuse(tree.format, PublishedTree.currentFormat, "the tree \(state.tree) of /\(path)/")
      live.add(tree, state.tree)
      published.formUnion(tree.sources.map(\.snapshot))
    }
    let numbers = Set(kept.map(\.number))
    let next = record.keeping { numbers.contains($0.number) }
    if next.history.count < record.history.count {
      plan.records.append(next)
      plan.states += record.history.count - next.history.count
      for state in record.history where !numbers.contains(state.number) {
        if try isReadable(state.tree) { going.add(try store.publications.tree(state.tree), state.tree) }
      }
    }
  }

  private func readSnapshots(
    _ published: Set<SnapshotID>, _ plan: inout CleanupPlan, _ live: inout LiveSet, _ going: inout LiveSet
  ) throws {
    // One manifest at a time: there may be hundreds, of 600 kB each.
    var all: [SnapshotFacts] = []
    for id in try store.snapshots.ids() {
      do {
        let snapshot = try store.snapshots.load(id)
        try refuse(snapshot.format, Snapshot.currentFormat, store.folder.snapshot(id))
        all.append(SnapshotFacts(id, snapshot))
      } catch let error as StorageError where error.isDamage {
        plan.damagedSnapshots.append(id)
        plan.hold(until: now + retention.grace, now: now)
      }
    }
    // What is published is made of some of them, and it is not known which.
    let isUnknown = !plan.damaged.isEmpty && plan.heldUntil != nil
    let kept = isUnknown ? all : retention.kept(all, published: published, now: now)
    for facts in kept {
      let snapshot = try store.snapshots.load(facts.id)
      live.add(snapshot)
      let isNewest = kept.allSatisfy { $0.source != facts.source || $0.sequence <= facts.sequence }
      if isNewest, retention.sources[facts.source] != nil { try addAwaited(snapshot, to: &live) }
    }
    plan.keptSnapshots = kept.map(\.id)
    let ids = Set(plan.keptSnapshots)
    plan.snapshots = all.map(\.id).filter { !ids.contains($0) }
    for id in plan.snapshots { going.add(try store.snapshots.load(id)) }
    plan.strangers = Set(kept.map(\.source)).filter { retention.sources[$0] == nil }.sorted()
  }

  private func addAwaited(_ snapshot: Snapshot, to live: inout LiveSet) throws {
    if snapshot.missing.isEmpty { return }
    do {
      live.add(snapshot.missing, listedIn: try SnapshotReader(blobs: store.blobs).listed(by: snapshot))
    } catch let error as StorageError where error.isDamage {
      // A document that is lost or damaged costs a download again, and nothing that is served.
    }
  }

  /// A newer maas-mirror may name blobs in ways that this one does not know of.
  private func refuse(_ found: String, _ known: String, _ what: String) throws {
    if found != known { throw MirrorError.unknownFormat(what: what, found: found, known: known) }
  }

  private func isReadable(_ tree: SHA256Digest) throws -> Bool {
    do throws(StorageError) {
      _ = try store.publications.tree(tree)
      return true
    } catch {
      if error.isDamage { return false }
      throw error
    }
  }

  /// What a record or a manifest named before it was set aside may still be due to regions, and nobody knows it any more.
  private func mayNameBlobs(_ leftover: Leftover) -> Bool {
    leftover.kind == .damaged && leftover.path.hasPrefix(store.folder.publications)
      || leftover.kind == .quarantined && leftover.path.contains(".json")
  }
}

extension MirrorStore {
  /// Carries a plan out; the caller holds the lock. What names a blob goes before the blob, so that a kill at any moment
  /// leaves nothing named that is not there.
  ///
  /// - Parameter catalog: whether the catalog can be written. What it still says of snapshots that are gone misleads
  ///   nobody, and the next clean-up mends it.
  package func carryOut(_ plan: CleanupPlan, catalog isWritable: Bool = true) throws {
    // First what needs no space itself: the disk may be full.
    for leftover in plan.leftovers { try folder.remove(leftover) }
    for id in plan.damagedSnapshots { try snapshots.quarantine(id) }
    try snapshots.remove(plan.snapshots)
    for record in plan.records { try publications.save(record) }
    for blob in plan.blobs { try blobs.remove(blob.digest) }
    if !isWritable { return }
    try catalog.keepSnapshots(plan.keptSnapshots.map(\.description))
    for source in plan.forgotten { try catalog.forget(source) }
  }
}
