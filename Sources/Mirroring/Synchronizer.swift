import Catalog
import Simplestreams
package import Storage
package import Transfer

/// What a sync came to.
package struct SyncReport: Sendable {
  package enum Outcome: String, Sendable { case unchanged, complete, partial }
  package var source: String
  package var outcome: Outcome
  package var snapshot: SnapshotID?
  package var isNewSnapshot: Bool
  package var fetchedFiles: Int
  package var fetchedBytes: Int64
  package var missing: [Snapshot.Missing]
}

/// Brings one source up to date: fetch documents, verify, select, plan, fetch blobs, snapshot.
package struct Synchronizer: Sendable {
  package let source: Source
  package let store: MirrorStore
  package let client: any HTTPClient
  package let now: @Sendable () -> Int64

  package init(source: Source, store: MirrorStore, client: any HTTPClient, now: @escaping @Sendable () -> Int64) {
    self.source = source
    self.store = store
    self.client = client
    self.now = now
  }

  package func sync(
    acceptRollback: Bool = false, progress: SyncProgress, observe: @escaping @Sendable (SyncEvent) -> Void
  ) async throws -> SyncReport {
    let started = now()
    let previousState = try store.catalog.state(of: source.name) ?? rebuiltState()
    var state = previousState ?? SourceState(source: source.name, settings: "")
    do {
      let report = try await run(
        state: &state, acceptRollback: acceptRollback, progress: progress, observe: observe)
      state.settings = SettingsKeys(source).text
      state.lastAttempt = now()
      if report.outcome != .partial { state.lastGood = now() }
      state.outcome = report.outcome == .partial ? "partial: \(report.missing.count) versions are missing" : "ok"
      try store.catalog.save(state)
      try record(started, state.outcome, report)
      return report
    } catch {
      var failed = previousState ?? SourceState(source: source.name, settings: "")
      failed.lastAttempt = now()
      failed.outcome = "failed: \(error)"
      // The failure itself is what the caller must hear; that the history missed it comes second.
      try? store.catalog.save(failed)
      try? record(started, failed.outcome, nil)
      throw error
    }
  }

  private func run(
    state: inout SourceState, acceptRollback: Bool, progress: SyncProgress,
    observe: @escaping @Sendable (SyncEvent) -> Void
  ) async throws -> SyncReport {
    observe(.reading(source: source.name))
    let reader = UpstreamReader(
      source: source, client: client, blobs: store.blobs, previous: state, acceptRollback: acceptRollback, now: now())
    let previous = try store.latest(of: source.name)
    let wasComplete = state.outcome == "ok" && SettingsKeys(state.settings) == SettingsKeys(source)
    let whole = try previous.flatMap { try wasComplete && isWhole($0.snapshot) ? $0 : nil }
    let upstream = try await reader.read(unchangedIsEnough: whole != nil)
    if upstream.isUnchanged, let previous = whole {
      return SyncReport(
        source: source.name, outcome: .unchanged, snapshot: previous.id, isNewSnapshot: false, fetchedFiles: 0,
        fetchedBytes: 0, missing: [])
    }
    let plan = try Plan(upstream.products, selection: source.selection, previous: previous?.snapshot) {
      try store.blobs.size(of: $0)
    }
    if plan.selected.allSatisfy(\.products.isEmpty) && plan.missing.isEmpty {
      throw MirrorError.nothingSelected(source: source.name)
    }
    try checkSpace(for: plan)
    observe(.planned(plan))
    let fetcher = BlobFetcher(
      source: source, client: client, blobs: store.blobs, progress: progress, observe: observe)
    let failures = try await fetcher.fetch(plan.toFetch)
    let kept = try upstream.documents.map { try $0.keep(in: store.blobs) }
    state.documents = zip(upstream.documents, kept).map { SourceState.Document($0, kept: $1) }
    let snapshot = try SnapshotBuilder(
      source: source, upstream: upstream, documents: kept, plan: plan, failures: failures, blobs: store.blobs
    ).build(after: previous?.snapshot, created: now())
    let fetched = plan.toFetch.filter { failures[$0.digest] == nil }
    var report = SyncReport(
      source: source.name, outcome: snapshot.missing.isEmpty ? .complete : .partial, snapshot: previous?.id,
      isNewSnapshot: false, fetchedFiles: fetched.count, fetchedBytes: fetched.reduce(0) { $0 + $1.size },
      missing: snapshot.missing)
    if let previous, try saysTheSame(snapshot, previous.snapshot, upstream) {
      if fetched.isEmpty && snapshot.missing.isEmpty { report.outcome = .unchanged }
      state.snapshot = previous.id.description
    } else if !snapshot.items.isEmpty {
      let id = try store.snapshots.save(snapshot)
      try store.catalog.add(SnapshotRow(id, snapshot))
      observe(.snapshot(id, snapshot))
      report.snapshot = id
      report.isNewSnapshot = true
      state.snapshot = id.description
    }
    return report
  }

  private func isWhole(_ snapshot: Snapshot) throws -> Bool {
    try snapshot.items.allSatisfy { try store.blobs.size(of: $0.sha256) == $0.size }
  }

  /// Before the first byte: a disk that fills in the middle helps nobody.
  private func checkSpace(for plan: Plan) throws {
    let free = try FreeSpace.bytes(at: store.folder.root)
    guard plan.bytesToFetch > 0, plan.bytesToFetch + source.minFree > free else { return }
    throw MirrorError.noSpace(
      path: store.folder.root, needed: plan.bytesToFetch, free: free, keepFree: source.minFree)
  }

  /// Upstream moves `updated` every hour; a snapshot is made only for a change of content.
  private func saysTheSame(_ next: Snapshot, _ previous: Snapshot, _ upstream: Upstream) throws -> Bool {
    guard next.items == previous.items, next.missing == previous.missing,
      next.documents.map(\.contentID) == previous.documents.map(\.contentID)
    else { return false }
    let stored = try previous.documents.map { try SnapshotReader(blobs: store.blobs).content(of: $0).contentDigest }
    return stored == upstream.documents.map(\.contentDigest)
  }

  /// When the catalog was lost, the newest snapshot still says which documents were accepted last.
  private func rebuiltState() throws -> SourceState? {
    guard let latest = try store.latest(of: source.name) else { return nil }
    var state = SourceState(source: source.name, settings: SettingsKeys(source).rebuilt)
    state.outcome = "rebuilt from snapshot \(latest.id.short)"
    state.snapshot = latest.id.description
    let reader = SnapshotReader(blobs: store.blobs)
    state.documents = try latest.snapshot.documents.map { SourceState.Document(try reader.content(of: $0), kept: $0) }
    return state
  }

  private func record(_ started: Int64, _ outcome: String, _ report: SyncReport?) throws {
    try store.catalog.add(
      SyncRun(
        source: source.name, started: started, ended: now(), outcome: outcome,
        fetchedFiles: report?.fetchedFiles ?? 0, fetchedBytes: report?.fetchedBytes ?? 0,
        snapshot: report?.snapshot?.description))
  }
}

extension SettingsKeys {
  /// After the loss of the catalog the rollback floors hold on, but nothing is taken as verified or complete.
  var rebuilt: String { "\(tree) rebuilt rebuilt" }
}
