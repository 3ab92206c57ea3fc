import GRDB

/// What is known of a source between syncs.
package struct SourceState: Codable, Sendable, Equatable {
  package var source: String
  /// A hash of the settings that decide what a sync takes: when it changes, nothing old may be reused.
  package var settings: String
  package var lastAttempt: Int64?
  package var lastGood: Int64?
  /// `ok`, `partial`, or why the last attempt failed.
  package var outcome: String
  package var snapshot: String?
  /// Where the last accepted state was read, without credentials.
  package var url: String?
  /// The documents of the last accepted state, with what a conditional request needs.
  package var documents: [Document]
  /// For each document that was ever accepted, in whatever form: the `updated` below which one is a rollback.
  package var floors: [String: Int64]

  package struct Document: Codable, Sendable, Equatable {
    package var role: String
    package var contentID: String?
    package var path: String
    package var received: [File]
    package var payload: String
    package var signedBy: String?
    package var signedAt: Int64?
    package var entityTag: String?
    package var lastModified: String?
    package var updated: Int64?
    /// The root that the validators came from, without credentials: another server's say nothing.
    package var origin: String?
    /// When the signature or its key ends: a 304 that comes later vouches for what would be refused.
    package var goodUntil: Int64?

    package init(
      role: String, contentID: String?, path: String, received: [File], payload: String, signedBy: String?,
      signedAt: Int64?, entityTag: String?, lastModified: String?, updated: Int64?, origin: String? = nil,
      goodUntil: Int64? = nil
    ) {
      self.role = role
      self.contentID = contentID
      self.path = path
      self.received = received
      self.payload = payload
      self.signedBy = signedBy
      self.signedAt = signedAt
      self.entityTag = entityTag
      self.lastModified = lastModified
      self.updated = updated
      self.origin = origin
      self.goodUntil = goodUntil
    }
  }

  package struct File: Codable, Sendable, Equatable {
    package var path: String
    package var sha256: String
    package var size: Int64

    package init(path: String, sha256: String, size: Int64) {
      self.path = path
      self.sha256 = sha256
      self.size = size
    }
  }

  /// When a sync came to its end the last time: to a snapshot, or to finding that none is needed. What it fetched before is
  /// named since.
  package var lastEnd: Int64? { outcome.hasPrefix("partial") ? lastAttempt : lastGood }

  package init(source: String, settings: String) {
    self.source = source
    self.settings = settings
    outcome = "never synced"
    documents = []
    floors = [:]
  }
}

extension SourceState: FetchableRecord, PersistableRecord {
  package static let databaseTableName = "source"
}
