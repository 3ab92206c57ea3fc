import Catalog
package import Simplestreams
package import Storage

/// What a reading of the store came to.
package struct ScrubReport: Sendable {
  package struct Fault: Sendable {
    package enum Kind: String, Sendable { case damaged, missing }
    package var kind: Kind
    package var digest: SHA256Digest
    package var reason: String
    /// What needs it; `nil` when nothing does.
    package var neededBy: String?
    /// `nil` while nobody has tried, or when it is back.
    package var repairFailure: String?
    package var isRepaired = false
  }

  package var checked = 0
  package var bytes: Int64 = 0
  /// What the budget left for another time.
  package var left = 0
  package var leftBytes: Int64 = 0
  /// The oldest check of any blob, as of now; `nil` when one was never checked, or nobody remembers.
  package var oldestCheck: Int64?
  package var faults: [Fault] = []
  /// Snapshots, publications and blobs that cannot be read, by name.
  package var unreadable: [String] = []
  package var notes: [String] = []

  package var isSound: Bool { faults.isEmpty && unreadable.isEmpty }
}

/// Reads blobs through, those first that waited longest, and takes damaged ones out of the store as they are found.
package struct Scrub: Sendable {
  let folder: DataFolder
  let budget: ScrubBudget
  let now: @Sendable () -> Int64
  let observe: @Sendable (ScrubReport) -> Void
  private let blobs: FileBlobStore

  package init(
    _ folder: DataFolder, budget: ScrubBudget, now: @escaping @Sendable () -> Int64,
    observe: @escaping @Sendable (ScrubReport) -> Void
  ) {
    self.folder = folder
    self.budget = budget
    self.now = now
    self.observe = observe
    blobs = FileBlobStore(folder)
  }

  /// Blocks for as long as the disk takes, which may be hours.
  package func run() async throws -> (report: ScrubReport, named: NamedBlobs) {
    try await BlockingPool.run {
      IdlePriority.take()
      var report = ScrubReport()
      let memory = CheckMemory(folder, report: &report)
      let waiting = ScrubOrder.sorted(try list(memory), now: now())
      try read(waiting, memory, &report)
      let named = try NamedBlobs(folder)
      try setAside(named, &report)
      for position in report.faults.indices {
        report.faults[position].neededBy = named.entries[report.faults[position].digest]?.neededBy
      }
      try addMissing(named, &report)
      return (report, named)
    }
  }

  private func list(_ memory: CheckMemory) throws -> [ScrubOrder.Blob] {
    try FileBlobStore.requireBegun(folder)
    var all: [ScrubOrder.Blob] = []
    try blobs.forEach { digest, size throws(StorageError) in
      all.append(.init(digest: digest, size: size, checked: memory.checked[digest]))
    }
    return all
  }

  private func read(_ waiting: [ScrubOrder.Blob], _ memory: CheckMemory, _ report: inout ScrubReport) throws {
    let clock = ContinuousClock()
    let started = clock.now
    var rest = waiting[...]
    while let blob = rest.first {
      guard budget.allows(blob.size, after: clock.now - started, read: report.bytes, count: report.checked) else {
        break
      }
      rest = rest.dropFirst()
      try read(blob, memory, &report)
      observe(report)
    }
    memory.save(&report)
    report.left = rest.count
    report.leftBytes = rest.reduce(0) { $0 + $1.size }
    let times = rest.map { $0.checked ?? .min } + [waiting.isEmpty ? .min : now()]
    report.oldestCheck = memory.isKept ? times.min().flatMap { $0 == .min ? nil : $0 } : nil
    try memory.forget(except: Set(waiting.map(\.digest)), &report)
  }

  private func read(_ blob: ScrubOrder.Blob, _ memory: CheckMemory, _ report: inout ScrubReport) throws {
    let found: Examination
    do throws(StorageError) {
      found = try blobs.examine(blob.digest)
    } catch {
      // No fault of the bytes: a right that is lacking, or a limit. It stays where it is.
      report.checked += 1
      report.unreadable.append("\(error)")
      return
    }
    if found == .gone { return }
    report.checked += 1
    report.bytes += blob.size
    switch found {
    case .sound, .gone: memory.note(blob.digest, at: now(), &report)
    case .damaged(let reason, let file):
      do throws(StorageError) {
        // Whoever mended it in between was faster.
        guard try blobs.quarantine(blob.digest, file) else { return }
      } catch {
        report.notes.append("\(blob.digest) could not be moved to quarantine, and is still served: \(error)")
      }
      report.faults.append(.init(kind: .damaged, digest: blob.digest, reason: reason))
    }
  }

  /// A manifest that is damaged says nothing to anybody, and while it is there no clean-up can tell what it named.
  private func setAside(_ named: NamedBlobs, _ report: inout ScrubReport) throws {
    report.unreadable += named.unreadable
    for id in named.damagedSnapshots {
      try SnapshotStore(folder).quarantine(id)
      report.notes.append("moved snapshot \(id.short) to \(folder.quarantine)")
    }
  }

  private func addMissing(_ named: NamedBlobs, _ report: inout ScrubReport) throws {
    let known = Set(report.faults.map(\.digest))
    for (digest, entry) in named.entries.sorted(by: { $0.value.neededBy < $1.value.neededBy })
    where !known.contains(digest) {
      guard try blobs.size(of: digest) == nil else { continue }
      report.faults.append(
        .init(kind: .missing, digest: digest, reason: "it is not in the store", neededBy: entry.neededBy))
    }
  }
}
