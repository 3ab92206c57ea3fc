import Catalog
package import Simplestreams
package import Storage
package import Transfer
import Trust

/// Everything that a source's index leads to, verified, from one pass over upstream.
package struct Upstream: Sendable {
  /// The index first, then the products files in its order.
  package var documents: [UpstreamDocument]
  /// Upstream answered that nothing changed since the last sync.
  package var isUnchanged: Bool

  package var products: [ProductsFile] {
    documents.compactMap { if case .products(let file) = $0.content { file } else { nil } }
  }
}

/// Reads a source's metadata: once per sync, verified, those bytes to the end.
struct UpstreamReader: Sendable {
  static let documentLimit = 64
  static let nestingLimit = 4

  let source: Source
  let blobs: any BlobStore
  let previous: SourceState?
  let acceptRollback: Bool
  private let fetcher: DocumentFetcher
  private let reusable: [String: SourceState.Document]
  let floors: RollbackFloors

  init(
    source: Source, client: any HTTPClient, blobs: any BlobStore, previous: SourceState?, acceptRollback: Bool,
    now: Int64
  ) {
    self.source = source
    self.blobs = blobs
    self.previous = previous
    self.acceptRollback = acceptRollback
    fetcher = DocumentFetcher(source: source, client: client, now: now)
    let keys = previous.map { SettingsKeys($0.settings) }
    let documents = previous?.documents ?? []
    let byPath = Dictionary(documents.map { ($0.path, $0) }) { first, _ in first }
    reusable = keys?.trust == SettingsKeys.hash(source.trustKey) ? byPath : [:]
    floors = RollbackFloors(keys?.tree == SettingsKeys.hash(source.treeKey) ? previous?.floors ?? [:] : [:])
  }

  /// - Parameter unchangedIsEnough: whether the caller needs no documents when upstream says that nothing changed.
  func read(unchangedIsEnough: Bool = false) async throws -> Upstream {
    let index = try await readIndex()
    if index.reused, unchangedIsEnough { return Upstream(documents: [], isUnchanged: true) }
    if index.reused, let stored = try storedDocuments() { return Upstream(documents: stored, isUnchanged: true) }
    var documents = [index.document]
    try await follow(index.document, depth: 1, into: &documents)
    return Upstream(documents: documents, isUnchanged: false)
  }

  private func readIndex() async throws -> (document: UpstreamDocument, reused: Bool) {
    var candidates: [String]
    switch source.index {
    case .named(let path): candidates = [path.string]
    case .standard:
      candidates =
        source.keyring == nil ? ["streams/v1/index.json"] : ["streams/v1/index.sjson", "streams/v1/index.json"]
    }
    // A tree that had only `index.json` last time is asked for that first, so that nothing new costs one request.
    if let known = reusable.values.first(where: { $0.role == "index" })?.path, candidates.contains(known) {
      candidates = [known] + candidates.filter { $0 != known }
    }
    var absent: [String] = []
    for candidate in candidates {
      do {
        return try await readDocument(try TreePath(document: candidate), entry: nil)
      } catch let error as TransferError where error.isAbsence {
        absent.append("\(error)")
      }
    }
    throw MirrorError.noIndex(source: source.name, absent)
  }

  /// Walks an index's entries, and the indexes below it, in order.
  private func follow(_ document: UpstreamDocument, depth: Int, into documents: inout [UpstreamDocument]) async throws {
    guard case .index(let index) = document.content else { return }
    let entries = index.entries.filter { $0.isIndex || $0.isImages }
    guard documents.count + entries.count <= Self.documentLimit, depth <= Self.nestingLimit else {
      throw MirrorError.tooManyDocuments(source: source.name, limit: Self.documentLimit)
    }
    let read = try await withThrowingTaskGroup(of: (Int, UpstreamDocument).self) { group in
      for (position, entry) in entries.enumerated() {
        group.addTask { (position, try await self.readDocument(entry.path, entry: entry).document) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    for document in read {
      guard !documents.contains(where: { $0.path == document.path }) else { continue }
      documents.append(document)
      try await follow(document, depth: depth + 1, into: &documents)
    }
  }

  private func readDocument(
    _ path: TreePath, entry: StreamIndex.Entry?
  ) async throws -> (document: UpstreamDocument, reused: Bool) {
    let stored = reusable[path.string]
    let validators = stored.map { Validators(entityTag: $0.entityTag, lastModified: $0.lastModified) }
    let restored = try stored.flatMap { try restore($0, entry: entry) }
    guard let fetched = try await fetcher.fetch(path, unless: restored == nil ? nil : validators) else {
      // A 304 comes only to validators, and those are sent only for a document that could be restored.
      return (restored!, true)
    }
    let document = try parse(fetched, path: path, entry: entry)
    try checkRollback(document)
    return (document, false)
  }

  private func parse(
    _ fetched: DocumentFetcher.Verified, path: TreePath, entry: StreamIndex.Entry?
  ) throws -> UpstreamDocument {
    let name = source.root.appending(path).description
    let content: UpstreamDocument.Content
    do throws(DocumentError) {
      if entry?.isIndex ?? true {
        content = .index(try StreamIndex(fetched.verified.payload))
      } else {
        var file = try ProductsFile(fetched.verified.payload)
        if file.datatype.isEmpty, let entry { file.datatype = entry.datatype }
        content = .products(file)
      }
    } catch {
      throw MirrorError.malformed(document: name, error)
    }
    var contentID: ContentID?
    if case .products(let file) = content, let entry {
      guard file.contentID == entry.contentID else {
        throw MirrorError.misplaced(document: name, expected: entry.contentID.string, found: file.contentID.string)
      }
      contentID = file.contentID
    }
    return UpstreamDocument(
      path: path, contentID: contentID, received: fetched.received, verified: fetched.verified,
      validators: fetched.validators, content: content)
  }

  /// The rollback attack: a replay of documents that were good once.
  private func checkRollback(_ document: UpstreamDocument) throws {
    guard !acceptRollback, let floor = floors.floor(above: document), let updated = document.updated else { return }
    throw MirrorError.rollback(
      document: source.root.appending(document.path).description, accepted: Timestamp(seconds: floor),
      offered: updated)
  }

  private func storedDocuments() throws -> [UpstreamDocument]? {
    var documents: [UpstreamDocument] = []
    for stored in previous?.documents ?? [] {
      guard let document = try restore(stored, entry: nil) else { return nil }
      documents.append(document)
    }
    return documents.isEmpty ? nil : documents
  }

  /// A document of the last sync from the store, or `nil` when its bytes are gone: then it is fetched anew.
  private func restore(_ stored: SourceState.Document, entry: StreamIndex.Entry?) throws -> UpstreamDocument? {
    guard let path = try? TreePath(document: stored.path), let payload = read(stored.payload) else { return nil }
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
    let fetched = DocumentFetcher.Verified(
      received: received, verified: .acceptedBefore(payload, assurance: assurance),
      validators: Validators(entityTag: stored.entityTag, lastModified: stored.lastModified))
    let known = stored.contentID.flatMap { ContentID($0) }.map {
      StreamIndex.Entry(
        contentID: $0, path: path, format: ProductsFile.format, datatype: "image-ids", updated: nil, products: [])
    }
    return try parse(fetched, path: path, entry: entry ?? (stored.role == "index" ? nil : known))
  }

  /// `nil` for a blob that is gone or damaged; both are answered by fetching the document again.
  private func read(_ hex: String) -> [UInt8]? {
    SHA256Digest(hex: hex).flatMap { try? blobs.read($0, limit: Int(DocumentFetcher.byteLimit)) }
  }
}

/// Reads upstream to look at it: verified as for a sync, and nothing is kept.
package struct UpstreamLook: Sendable {
  private let source: Source
  private let folder: DataFolder
  private let client: any HTTPClient
  private let now: Int64

  package init(source: Source, folder: DataFolder, client: any HTTPClient, now: Int64) {
    self.source = source
    self.folder = folder
    self.client = client
    self.now = now
  }

  package func read() async throws -> Upstream {
    let previous = try MirrorStore(reading: folder)?.catalog.state(of: source.name)
    return try await UpstreamReader(
      source: source, client: client, blobs: FileBlobStore(folder), previous: previous, acceptRollback: false, now: now
    ).read()
  }
}
