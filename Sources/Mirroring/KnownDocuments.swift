import Catalog
import Simplestreams
import Storage
import Transfer
import Trust

/// The documents that the last sync accepted, as far as they may be used again: of the same tree, under the same trust, and
/// none signed with a key that has expired since.
struct KnownDocuments: Sendable {
  /// All that were accepted, whatever the trust is now.
  let all: [SourceState.Document]
  private let reusable: [String: SourceState.Document]

  init(_ source: Source, _ previous: SourceState?, now: Int64) {
    let keys = previous.map { SettingsKeys($0.settings) }
    let current = SettingsKeys(source)
    all = previous?.documents ?? []
    let isGood = keys.map { $0.trust == current.trust && $0.isSameTree(as: current) } ?? false
    let hasEnded = all.contains { $0.goodUntil.map { $0 <= now } ?? false }
    reusable = isGood && !hasEnded ? Dictionary(all.map { ($0.path, $0) }) { first, _ in first } : [:]
  }

  /// What is known of a document that an index lists now, or of the index itself.
  func document(at path: TreePath, listedAs entry: StreamIndex.Entry?) -> SourceState.Document? {
    guard let stored = reusable[path.string] else { return nil }
    // A path may have become another document since.
    let isIndex = entry?.isIndex ?? true
    return (isIndex ? stored.role == "index" : stored.contentID == entry?.contentID.string) ? stored : nil
  }

  var indexPath: String? { reusable.values.first { $0.role == "index" }?.path }
}

extension UpstreamReader {
  /// The bytes of a document of the last sync, and where they came from.
  struct Restored {
    var file: DocumentFetcher.Verified
    var origin: String?
  }

  /// All documents of the last sync, behind their index, which was read already; `nil` when one is gone.
  func storedDocuments(behind index: UpstreamDocument, _ budget: DocumentBudget) throws -> [UpstreamDocument]? {
    var restored: [(path: TreePath, stored: SourceState.Document, Restored)] = []
    for stored in known.all where stored.path != index.path.string {
      guard let path = try? TreePath(document: stored.path), let found = restore(stored) else { return nil }
      restored.append((path, stored, found))
    }
    return try [index]
      + restored.map { path, stored, found in
        let listed = stored.contentID.flatMap { ContentID($0) }.map {
          StreamIndex.Entry(
            contentID: $0, path: path, format: ProductsFile.format, datatype: "image-ids", updated: nil, products: [])
        }
        let entry = stored.role == "index" ? nil : listed
        var document = try parse(found.file, path: path, entry: entry, budget)
        document.origin = found.origin
        return document
      }
  }

  /// A document of the last sync from the store, or `nil` when its bytes are gone: then it is fetched anew.
  func restore(_ stored: SourceState.Document) -> Restored? {
    guard let payload = read(stored.payload) else { return nil }
    var received: [(path: TreePath, bytes: [UInt8])] = []
    for file in stored.received {
      guard let path = try? TreePath(document: file.path), let bytes = read(file.sha256) else { return nil }
      received.append((path, bytes))
    }
    let assurance: Assurance
    if let key = stored.signedBy.flatMap({ Fingerprint($0) }), let time = stored.signedAt {
      assurance = .signed(by: key, at: time)
    } else {
      guard source.keyring == nil else { return nil }
      assurance = .unsigned
    }
    return Restored(
      file: DocumentFetcher.Verified(
        received: received, verified: .acceptedBefore(payload, assurance: assurance, goodUntil: stored.goodUntil),
        validators: Validators(entityTag: stored.entityTag, lastModified: stored.lastModified)),
      origin: stored.origin)
  }

  /// `nil` for a blob that is gone or damaged; both are answered by fetching the document again.
  private func read(_ hex: String) -> [UInt8]? {
    SHA256Digest(hex: hex).flatMap { try? blobs.read($0, limit: Int(DocumentFetcher.byteLimit)) }
  }
}
