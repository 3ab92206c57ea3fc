import GRDB

/// One sync of one source, as the history keeps it.
package struct SyncRun: Codable, Sendable, Equatable {
  package var id: Int64?
  package var source: String
  package var started: Int64
  package var ended: Int64
  package var outcome: String
  package var fetchedFiles: Int
  package var fetchedBytes: Int64
  package var snapshot: String?

  package init(
    source: String, started: Int64, ended: Int64, outcome: String, fetchedFiles: Int, fetchedBytes: Int64,
    snapshot: String?
  ) {
    self.source = source
    self.started = started
    self.ended = ended
    self.outcome = outcome
    self.fetchedFiles = fetchedFiles
    self.fetchedBytes = fetchedBytes
    self.snapshot = snapshot
  }
}

extension SyncRun: FetchableRecord, PersistableRecord {
  package static let databaseTableName = "run"
}
