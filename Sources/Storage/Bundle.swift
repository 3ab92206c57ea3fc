package import Simplestreams

/// What a folder of a medium says that it holds: one snapshot for each source.
package struct Bundle: Codable, Sendable, Equatable {
  package static let currentFormat = "maas-mirror-bundle:1"

  package struct Entry: Codable, Sendable, Equatable {
    package var source: String
    package var snapshot: SnapshotID

    package init(source: String, snapshot: SnapshotID) {
      self.source = source
      self.snapshot = snapshot
    }
  }

  package var format = Bundle.currentFormat
  /// Seconds since 1970.
  package var created: Int64
  /// None while the first export is under way.
  package var snapshots: [Entry]

  package init(created: Int64, snapshots: [Entry]) {
    self.created = created
    self.snapshots = snapshots
  }
}

extension Snapshot {
  /// What carries it: its files, and its documents as they were received. What signed bytes say is read out of them again.
  package var carriedBlobs: [SHA256Digest: Int64] {
    let documents = documents.flatMap(\.received).map { ($0.sha256, $0.size) }
    return Dictionary(documents + items.map { ($0.sha256, $0.size) }) { first, _ in first }
  }
}
