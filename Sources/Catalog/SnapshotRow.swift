import GRDB

/// The index entry of a snapshot; the manifest itself is a file.
package struct SnapshotRow: Codable, Sendable, Equatable {
  package var id: String
  package var source: String
  package var sequence: Int
  package var created: Int64
  package var files: Int
  package var bytes: Int64
  package var missing: Int

  package init(id: String, source: String, sequence: Int, created: Int64, files: Int, bytes: Int64, missing: Int) {
    self.id = id
    self.source = source
    self.sequence = sequence
    self.created = created
    self.files = files
    self.bytes = bytes
    self.missing = missing
  }
}

extension SnapshotRow: FetchableRecord, PersistableRecord {
  package static let databaseTableName = "snapshot"
}
