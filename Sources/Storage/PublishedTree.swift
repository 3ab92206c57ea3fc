package import Simplestreams

/// One state of a publication, whole: every path it serves and the blob behind it. Immutable; kept as a blob.
package struct PublishedTree: Codable, Sendable, Equatable {
  package static let currentFormat = "maas-mirror-tree:1"

  package var format = PublishedTree.currentFormat
  package var path: PublicationPath
  package var signed: Signing
  /// The local key's fingerprint and its binary public keyring; none for a tree that upstream signed.
  package var key: String?
  package var keyring: SHA256Digest?
  package var sources: [Origin]
  package var documents: [File]
  package var items: [File]
  /// For each locally signed products file and the index: the hash of what it says, without its `updated`.
  /// An equal hash means that the signed bytes can be kept.
  package var contents: [String: SHA256Digest]

  package enum Signing: String, Codable, Sendable { case local, upstream }

  package struct Origin: Codable, Sendable, Hashable {
    package var source: String
    package var snapshot: SnapshotID

    package init(source: String, snapshot: SnapshotID) {
      self.source = source
      self.snapshot = snapshot
    }
  }

  package struct File: Codable, Sendable, Hashable {
    package var path: TreePath
    package var sha256: SHA256Digest
    package var size: Int64
    /// Seconds since 1970; what `Last-Modified` says.
    package var modified: Int64
    /// The same document compressed, for clients that ask for it. Items never have one: MAAS decompresses what a
    /// server compressed, and then finds the wrong hash.
    package var zstd: Packed?
    package var gzip: Packed?

    package init(
      path: TreePath, sha256: SHA256Digest, size: Int64, modified: Int64, zstd: Packed? = nil, gzip: Packed? = nil
    ) {
      self.path = path
      self.sha256 = sha256
      self.size = size
      self.modified = modified
      self.zstd = zstd
      self.gzip = gzip
    }

    /// The compressed forms that there are.
    package var packed: [Packed] { [zstd, gzip].compactMap(\.self) }
  }

  package struct Packed: Codable, Sendable, Hashable {
    package var sha256: SHA256Digest
    package var size: Int64

    package init(sha256: SHA256Digest, size: Int64) {
      self.sha256 = sha256
      self.size = size
    }
  }

  package init(
    path: PublicationPath, signed: Signing, key: String?, keyring: SHA256Digest?, sources: [Origin],
    documents: [File], items: [File], contents: [String: SHA256Digest]
  ) {
    self.path = path
    self.signed = signed
    self.key = key
    self.keyring = keyring
    self.sources = sources
    self.documents = documents
    self.items = items
    self.contents = contents
  }
}

extension TreePath: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do {
      self = try TreePath(document: text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "the path “\(text)” is refused: \(error)")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(string)
  }
}
