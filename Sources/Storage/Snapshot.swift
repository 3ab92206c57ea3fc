package import Simplestreams

/// The SHA-256 of a snapshot's manifest.
package struct SnapshotID: Hashable, Sendable, CustomStringConvertible, Codable {
  package let digest: SHA256Digest
  package init(_ digest: SHA256Digest) { self.digest = digest }
  package init?(_ text: String) {
    guard let digest = SHA256Digest(hex: text) else { return nil }
    self.digest = digest
  }
  package var description: String { digest.hex }
  /// Enough to tell snapshots apart in a table.
  package var short: String { String(digest.hex.prefix(12)) }

  package init(from decoder: any Decoder) throws { digest = try SHA256Digest(from: decoder) }
  package func encode(to encoder: any Encoder) throws { try digest.encode(to: encoder) }
}

/// An immutable, complete, verified state of one source: its documents as received, and which blob each item is.
package struct Snapshot: Codable, Sendable, Equatable {
  package static let currentFormat = "maas-mirror-snapshot:1"

  package var format = Snapshot.currentFormat
  package var source: String
  /// Counts the source's snapshots, so that their order does not hang on a clock.
  package var sequence: Int
  /// Seconds since 1970.
  package var created: Int64
  package var documents: [Document]
  package var items: [Item]
  /// Documents of earlier states, from which versions stay whose successors could not be had. `nil` when there are none.
  package var carried: [Document]?
  /// What upstream offers and the selection takes, but could not be had.
  package var missing: [Missing]
  /// What upstream offers and the selection takes, but MAAS would reject. `nil` when there is nothing.
  package var unfit: [Missing]?
  /// For each document that the source ever had: the `updated` below which one is a rollback, when this was made. They are
  /// here for the day that the catalog is lost, also for documents that are away now. `nil` in those of older versions.
  package var floors: [String: Int64]?

  package struct Document: Codable, Sendable, Hashable {
    package enum Role: String, Codable, Sendable { case index, products }
    package var role: Role
    /// None for an index.
    package var contentID: String?
    /// The files as they came: the `.sjson`, or the `.json` and its `.json.gpg`.
    package var received: [Received]
    /// The bytes that the signature covers.
    package var payload: SHA256Digest
    package var signedBy: String?
    package var signedAt: Int64?

    package init(
      role: Role, contentID: String?, received: [Received], payload: SHA256Digest, signedBy: String?, signedAt: Int64?
    ) {
      self.role = role
      self.contentID = contentID
      self.received = received
      self.payload = payload
      self.signedBy = signedBy
      self.signedAt = signedAt
    }
  }

  package struct Received: Codable, Sendable, Hashable {
    package var path: TreePath
    package var sha256: SHA256Digest
    package var size: Int64

    package init(path: TreePath, sha256: SHA256Digest, size: Int64) {
      self.path = path
      self.sha256 = sha256
      self.size = size
    }
  }

  package struct Item: Codable, Sendable, Hashable {
    package var contentID: String
    package var product: String
    package var version: String
    package var item: String
    package var path: TreePath
    package var sha256: SHA256Digest
    package var size: Int64

    package init(
      contentID: String, product: String, version: String, item: String, path: TreePath, sha256: SHA256Digest,
      size: Int64
    ) {
      self.contentID = contentID
      self.product = product
      self.version = version
      self.item = item
      self.path = path
      self.sha256 = sha256
      self.size = size
    }
  }

  package struct Missing: Codable, Sendable, Hashable, CustomStringConvertible {
    package var product: String
    package var version: String
    package var reason: String

    package init(product: String, version: String, reason: String) {
      self.product = product
      self.version = version
      self.reason = reason
    }

    package var description: String { "\(product) \(version): \(reason)" }
  }

  package init(
    source: String, sequence: Int, created: Int64, documents: [Document], items: [Item], missing: [Missing],
    carried: [Document]? = nil, unfit: [Missing]? = nil, floors: [String: Int64]? = nil
  ) {
    self.source = source
    self.sequence = sequence
    self.created = created
    self.documents = documents
    self.items = items
    self.missing = missing
    self.carried = carried
    self.unfit = unfit
    self.floors = floors
  }

  package var bytes: Int64 {
    var seen: Set<SHA256Digest> = []
    return items.reduce(0) { seen.insert($1.sha256).inserted ? $0 + $1.size : $0 }
  }
}
