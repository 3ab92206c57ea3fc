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
  /// All documents of the last sync, behind their index, which was read already; `nil` when one is gone.
  func storedDocuments(behind index: UpstreamDocument, _ fetcher: DocumentFetcher) throws -> [UpstreamDocument]? {
    let others = known.all.filter { $0.path != index.path.string }
    // Before the first is read: what they may be together is counted once.
    guard others.allSatisfy({ isHere($0) && isSound($0) }) else { return nil }
    var documents = [index]
    for stored in others {
      guard let path = try? TreePath(document: stored.path), let found = try restore(stored, fetcher.keeping) else {
        return nil
      }
      let listed = stored.contentID.flatMap { ContentID($0) }.map {
        StreamIndex.Entry(
          contentID: $0, path: path, format: ProductsFile.format, datatype: "image-ids", updated: nil, products: [])
      }
      let entry = stored.role == "index" ? nil : listed
      var document = try parse(found, path: path, entry: entry, fetcher)
      document.origin = stored.origin
      documents.append(document)
    }
    return documents
  }

  /// Whether a document of the last sync is here, as far as that can be told without reading it.
  func isHere(_ stored: SourceState.Document) -> Bool {
    guard stored.signedBy != nil || source.keyring == nil, size(stored.payload) != nil else { return false }
    return stored.received.allSatisfy { size($0.sha256) == $0.size }
  }

  private func size(_ hex: String) -> Int64? {
    SHA256Digest(hex: hex).flatMap { (try? blobs.size(of: $0)) ?? nil }
  }

  /// Whether its bytes are what they were.
  private func isSound(_ stored: SourceState.Document) -> Bool {
    (stored.received.map(\.sha256) + [stored.payload]).allSatisfy { hex in
      SHA256Digest(hex: hex).map { (try? blobs.check($0)) != nil } ?? false
    }
  }

  /// A document of the last sync from the store; `nil` when something of it is gone or damaged: then it is fetched anew.
  func restore(_ stored: SourceState.Document, _ keeping: BytesKeeping) throws -> DocumentFetcher.Verified? {
    guard let payload = read(stored.payload), let received = try kept(of: stored, besides: [], keeping) else {
      return nil
    }
    let assurance: Assurance
    if let key = stored.signedBy.flatMap({ Fingerprint($0) }), let time = stored.signedAt {
      assurance = .signed(by: key, at: time)
    } else {
      guard source.keyring == nil else { return nil }
      assurance = .unsigned
    }
    return DocumentFetcher.Verified(
      received: received, verified: .acceptedBefore(payload, assurance: assurance, goodUntil: stored.goodUntil),
      validators: stored.validators)
  }

  /// What was fetched now, with what is known beside it, such as its other form; `nil` when that is not what was fetched then, or
  /// is gone or damaged.
  func recognised(
    _ fetched: [ReceivedFile], as stored: SourceState.Document, _ keeping: BytesKeeping
  ) throws -> [ReceivedFile]? {
    guard stored.has(fetched), isSound(stored) else { return nil }
    return try kept(of: stored, besides: fetched, keeping)
  }

  /// The files of a document in their order, those in `fetched` as they are. Taken out of the store now: until a sync ends,
  /// something may happen to them there.
  private func kept(
    of stored: SourceState.Document, besides fetched: [ReceivedFile], _ keeping: BytesKeeping
  ) throws -> [ReceivedFile]? {
    var files: [ReceivedFile] = []
    for file in stored.received {
      if let known = fetched.first(where: { $0.path.string == file.path }) {
        files.append(known)
      } else {
        guard let path = try? TreePath(document: file.path), let bytes = read(file.sha256) else { return nil }
        files.append(try keeping.keep(bytes, as: path))
      }
    }
    return files
  }

  /// `nil` for a blob that is gone or damaged; both are answered by fetching the document again.
  private func read(_ hex: String) -> [UInt8]? {
    SHA256Digest(hex: hex).flatMap { try? blobs.read($0, limit: Int(DocumentFetcher.byteLimit)) }
  }
}

extension SourceState.Document {
  fileprivate func has(_ file: ReceivedFile) -> Bool {
    received.contains { $0.path == file.path.string && $0.sha256 == file.sha256.hex }
  }

  /// Whether what was fetched now is what was fetched then.
  func has(_ files: [ReceivedFile]) -> Bool { files.allSatisfy(has) }

  var validators: Validators { Validators(entityTag: entityTag, lastModified: lastModified) }
}
