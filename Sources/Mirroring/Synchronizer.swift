import Catalog
import Simplestreams
package import Storage
package import Transfer

/// What a sync came to.
package struct SyncReport: Sendable {
  package enum Outcome: String, Sendable {
    case unchanged, complete, partial
    /// No version could be had, and there is no snapshot of before.
    case nothing
  }
  package var source: String
  /// The address whose documents were used, without credentials.
  package var url: String
  package var outcome: Outcome
  package var snapshot: SnapshotID?
  package var isNewSnapshot: Bool
  package var fetchedFiles: Int
  package var fetchedBytes: Int64
  package var missing: [Snapshot.Missing]
  /// What upstream lists and MAAS would reject. No sync can mend that, so the outcome does not hang on it.
  package var unfit: [Snapshot.Missing]
  /// Whether some of what is missing is listed wrongly, or came as something else. The rest did not come.
  package var wasLiedTo = false
  /// What the selection asks for in vain.
  package var notes: [String] = []
}

extension SyncReport {
  fileprivate var isGood: Bool { outcome == .unchanged || outcome == .complete }

  /// For the catalog.
  fileprivate var state: String {
    let missing = Counted.text(self.missing.count, "version is missing", "versions are missing")
    return switch outcome {
    case .unchanged, .complete: "ok"
    case .partial: "partial: \(missing)"
    case .nothing: "failed: \(missing), and nothing could be had"
    }
  }
}

/// Brings one source up to date: fetch documents, verify, select, plan, fetch blobs, snapshot.
package struct Synchronizer: Sendable {
  package let source: Source
  package let store: MirrorStore
  package let client: any HTTPClient
  /// Where the source is read from a bundle: what that can hold.
  package let exported: ExportedVersions?
  package let now: @Sendable () -> Int64

  package init(
    source: Source, store: MirrorStore, client: any HTTPClient, exported: ExportedVersions? = nil,
    now: @escaping @Sendable () -> Int64
  ) {
    self.source = source
    self.store = store
    self.client = client
    self.exported = exported
    self.now = now
  }

  package func sync(
    acceptRollback: Bool = false, acceptRemoval: Bool = false, progress: SyncProgress,
    observe: @escaping @Sendable (SyncEvent) -> Void
  ) async throws -> SyncReport {
    let started = now()
    let previousState = try previousState()
    var state = previousState ?? SourceState(source: source.name, settings: "")
    do {
      let report = try await run(
        state: &state, acceptRollback: acceptRollback, acceptRemoval: acceptRemoval, progress: progress,
        observe: observe)
      state.settings = SettingsKeys(source).text
      state.lastAttempt = now()
      if report.isGood { state.lastGood = now() }
      state.outcome = report.state
      try store.catalog.save(state)
      try record(started, state.outcome, report)
      if let age = IndexAge(state, limit: source.maxAge, now: now()), age.isTooOld { observe(.note(age.warning)) }
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
    state: inout SourceState, acceptRollback: Bool, acceptRemoval: Bool, progress: SyncProgress,
    observe: @escaping @Sendable (SyncEvent) -> Void
  ) async throws -> SyncReport {
    observe(.reading(source: source.name))
    let keeping = BytesKeeping.spooled(Spool(in: store.folder))
    let search = UpstreamSearch(
      source: source, client: client, blobs: store.blobs, keeping: keeping, previous: state,
      acceptRollback: acceptRollback, now: now())
    let previous = try store.latest(of: source.name)
    let wasComplete = state.outcome == "ok" && SettingsKeys(state.settings) == SettingsKeys(source)
    let whole = try previous.flatMap { try wasComplete && isWhole($0.snapshot) ? $0 : nil }
    // Beside the same documents, a bundle may hold more files than the one before.
    let unchangedIsEnough = whole != nil && exported == nil
    let upstream = try await search.read(unchangedIsEnough: unchangedIsEnough)
      .limited(to: exported, or: previous?.snapshot)
    for note in upstream.notes { observe(.note(note)) }
    state.url = upstream.root.description
    if upstream.isUnchanged, unchangedIsEnough, let previous = whole {
      for document in upstream.documents { state.recognise(document) }
      return SyncReport(
        source: source.name, url: upstream.root.description, outcome: .unchanged, snapshot: previous.id,
        isNewSnapshot: false, fetchedFiles: 0, fetchedBytes: 0, missing: [], unfit: previous.snapshot.unfit ?? [])
    }
    let removal = MassRemoval.held(
      source, upstream.products, previous: previous?.snapshot, settings: state.settings)
    if let removal, !acceptRemoval {
      throw MirrorError.massRemoval(source: source.name, removal, limit: source.maxRemoval)
    }
    let plan = try Plan(upstream.products, selection: source.selection, previous: previous?.snapshot) {
      try store.blobs.size(of: $0)
    } sizeReceived: {
      try store.blobs.sizeReceived(of: $0)
    }
    if plan.isEmpty {
      if exported != nil { throw MirrorError.nothingCarried(source: source.name) }
      throw MirrorError.nothingPlanned(source, of: upstream.products)
    }
    if let passedOver = exported?.passedOver(plan.selected), let example = passedOver.first {
      let count = Counted.text(passedOver.count, "product that is here is", "products that are here are")
      observe(.note("\(count) not in the bundle, \(example) for one; nothing newer comes of that"))
    }
    try checkSpace(for: plan)
    observe(.planned(plan))
    let fetcher = BlobFetcher(
      source: source, roots: source.roots(startingWith: upstream.root), client: client, blobs: store.blobs,
      progress: progress, observe: observe)
    let failures = try await fetcher.fetch(plan.blobs)
    let fetched = plan.blobs.sumToFetch { failures[$0.content] == nil }
    let choice = (consume plan).withoutBlobs()
    var forms: [[ReceivedFile]] = upstream.documents.map { _ in [] }
    if source.wantsAllForms {
      let found = try await CompanionForms(
        source: source, root: upstream.root, client: client, keeping: keeping, now: now()
      ).forms(of: upstream.documents)
      forms = found.forms
      for note in found.notes { observe(.note(note)) }
    }
    let kept = try zip(upstream.documents, forms).map { try $0.keep(with: $1, in: store.blobs) }
    state.documents = zip(upstream.documents, kept).map { SourceState.Document($0, kept: $1) }
    let floors = search.floors.raised(by: upstream.documents, resetting: acceptRollback)
    state.floors = floors.times
    var (snapshot, report) = try conclude(
      consume upstream, consume choice, documents: kept, fetched: fetched, failures: failures, floors: floors,
      after: previous)
    if report.isNewSnapshot {
      let id = try save(snapshot)
      observe(.snapshot(id, snapshot))
      report.snapshot = id
      state.snapshot = id.description
    } else if let previous {
      state.snapshot = previous.id.description
    }
    return report
  }

  /// What comes of what was had. Upstream and the plan are the most that a sync has in memory, and end here.
  private func conclude(
    _ upstream: Upstream, _ plan: Plan, documents: [Snapshot.Document], fetched: (files: Int, bytes: Int64),
    failures: [FileContent: FetchFailure], floors: RollbackFloors, after previous: (id: SnapshotID, snapshot: Snapshot)?
  ) throws -> (Snapshot, SyncReport) {
    var builder = SnapshotBuilder(
      source: source, upstream: upstream, documents: documents, plan: plan, failures: failures, blobs: store.blobs,
      after: previous?.snapshot)
    let snapshot = try builder.build(created: now(), floors: floors)
    if snapshot.items.isEmpty, snapshot.missing.isEmpty {
      throw MirrorError.nothingFit(source: source.name, plan.unfit)
    }
    var report = SyncReport(
      source: source.name, url: upstream.root.description, outcome: snapshot.missing.isEmpty ? .complete : .partial,
      snapshot: previous?.id, isNewSnapshot: false, fetchedFiles: fetched.files,
      fetchedBytes: fetched.bytes, missing: snapshot.missing, unfit: plan.unfit)
    report.notes = source.selection.unmet(in: upstream.products)
    report.wasLiedTo = !plan.missing.isEmpty || failures.values.contains(where: \.isLie)
    if previous == nil, snapshot.items.isEmpty { report.outcome = .nothing }
    if let previous, try saysTheSame(snapshot, previous.snapshot, upstream) {
      if fetched.files == 0 && snapshot.missing.isEmpty { report.outcome = .unchanged }
    } else {
      report.isNewSnapshot = !snapshot.items.isEmpty
    }
    return (snapshot, report)
  }

  private func save(_ snapshot: Snapshot) throws -> SnapshotID {
    var named = LiveSet()
    named.add(snapshot)
    try store.blobs.makeDurable(named.blobs)
    let id = try store.snapshots.save(snapshot)
    try store.catalog.add(SnapshotRow(id, snapshot))
    return id
  }

  private func isWhole(_ snapshot: Snapshot) throws -> Bool {
    try snapshot.items.allSatisfy { try store.blobs.size(of: $0.sha256) == $0.size }
      && (snapshot.documents + (snapshot.carried ?? [])).allSatisfy { document in
        try store.blobs.size(of: document.payload) != nil
          && document.received.allSatisfy { try store.blobs.size(of: $0.sha256) == $0.size }
      }
  }

  /// Before the first byte: a disk that fills in the middle helps nobody.
  private func checkSpace(for plan: Plan) throws {
    let free = try FreeSpace.bytes(at: store.folder.root)
    guard plan.bytesToWrite > 0, plan.bytesToWrite + source.minFree > free else { return }
    throw MirrorError.noSpace(
      path: store.folder.root, needed: plan.bytesToWrite, free: free, keepFree: source.minFree)
  }

  /// Upstream moves `updated` every hour; a snapshot is made only for a change of content.
  private func saysTheSame(_ next: Snapshot, _ previous: Snapshot, _ upstream: Upstream) throws -> Bool {
    guard next.items == previous.items, next.lacks(whatLacked: previous), next.unfit == previous.unfit,
      next.documents.map(\.contentID) == previous.documents.map(\.contentID),
      // Regions verify upstream's documents with upstream's key: a new key is a new state.
      next.documents.map(\.signedBy) == previous.documents.map(\.signedBy), next.carried == previous.carried,
      next.documents.map({ $0.received.map(\.path) }) == previous.documents.map({ $0.received.map(\.path) })
    else { return false }
    // Bytes that are gone cannot be compared, and a new snapshot does not need them.
    let stored = previous.documents.map { try? SnapshotReader(blobs: store.blobs).content(of: $0).contentDigest }
    return stored == upstream.documents.map(\.contentDigest)
  }

  /// When the catalog was lost, or the end of it, the snapshots still say which documents were accepted.
  private func previousState() throws -> SourceState? {
    guard var state = try store.catalog.state(of: source.name), state.settings == SettingsKeys.rebuilt,
      let latest = try store.latest(of: source.name)
    else { return try store.catalog.state(of: source.name) }
    state.settings = SettingsKeys(source).afterLoss
    let documents = accepted(in: latest.snapshot)
    state.documents = documents.map { SourceState.Document($1, kept: $0) }
    var floors = RollbackFloors(raising: state.floors, by: documents.map(\.1))
    if let known = latest.snapshot.floors {
      floors = floors.raised(to: known)
    } else {
      // Of a document that is away by now only older ones know.
      for snapshot in try store.kept(of: source.name) {
        floors = RollbackFloors(raising: floors.times, by: accepted(in: snapshot).map(\.1))
      }
    }
    state.floors = floors.times
    return state
  }

  /// A document that is damaged has no more to say; it is fetched again.
  private func accepted(in snapshot: Snapshot) -> [(Snapshot.Document, UpstreamDocument)] {
    let reader = SnapshotReader(blobs: store.blobs)
    return snapshot.documents.compactMap { kept in (try? reader.content(of: kept)).map { (kept, $0) } }
  }

  private func record(_ started: Int64, _ outcome: String, _ report: SyncReport?) throws {
    try store.catalog.add(
      SyncRun(
        source: source.name, started: started, ended: now(), outcome: outcome,
        fetchedFiles: report?.fetchedFiles ?? 0, fetchedBytes: report?.fetchedBytes ?? 0,
        snapshot: report?.snapshot?.description))
  }
}
