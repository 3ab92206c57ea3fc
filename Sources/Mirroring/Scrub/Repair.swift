import Simplestreams
package import Storage
package import Transfer

/// Brings damaged and lost blobs back from wherever they can be had. A blob is known by its hash, so whoever has it is
/// good enough, and nobody has to be trusted.
package struct Repair: Sendable {
  let blobs: any BlobStore
  let named: NamedBlobs

  package init(blobs: any BlobStore, named: NamedBlobs) {
    self.blobs = blobs
    self.named = named
  }

  /// What of this a source may have, those first that its own snapshots name; documents are for a sync to bring back.
  private func wanted(_ faults: [ScrubReport.Fault]) -> [PlannedBlobs.Blob] {
    faults.compactMap { fault in
      guard !fault.isRepaired, let entry = named.entries[fault.digest], let size = entry.size, !entry.paths.isEmpty
      else { return nil }
      return PlannedBlobs.Blob(content: FileContent(sha256: fault.digest, size: size), paths: entry.paths.sorted())
    }
  }

  /// Tries one place, and notes in the report what came of it. The caller holds the writer's lock.
  package func fetch(
    into report: inout ScrubReport, from source: Source, client: any HTTPClient,
    observe: @escaping @Sendable (SyncEvent) -> Void
  ) async throws {
    let wanted = wanted(report.faults)
    if wanted.isEmpty { return }
    let fetcher = BlobFetcher(
      source: source, roots: source.addresses.map(\.root), client: client, blobs: blobs, progress: SyncProgress(),
      observe: observe)
    let failures = try await fetcher.fetch(wanted)
    let tried = Dictionary(wanted.map { ($0.digest, failures[$0.content]) }) { first, _ in first }
    for position in report.faults.indices {
      guard let failure = tried[report.faults[position].digest] else { continue }
      report.faults[position].isRepaired = failure == nil
      report.faults[position].repairFailure = failure?.reason
    }
  }
}

extension Source {
  /// A place that has files: nothing else of it is asked for, and files are known by their hash. So it needs no keyring.
  package static func files(_ name: String, at addresses: [TreeAddress], connections: Int) -> Source {
    Source(
      name: name, addresses: addresses, keyring: nil, selection: Selection(rules: [], keep: 1), selectionKey: "",
      connections: connections, minFree: 0)
  }
}
