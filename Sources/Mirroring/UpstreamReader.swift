import Catalog
import Simplestreams
import Storage
import Transfer
import Trust

/// Reads a source's metadata from one of its addresses: once per sync, verified, those bytes to the end.
struct UpstreamReader: Sendable {
  static let documentLimit = 64
  static let nestingLimit = 4

  let source: Source
  let address: TreeAddress
  let blobs: any BlobStore
  let known: KnownDocuments
  let floors: RollbackFloors
  let acceptRollback: Bool
  private let fetcher: DocumentFetcher

  init(
    source: Source, address: TreeAddress, client: any HTTPClient, blobs: any BlobStore, known: KnownDocuments,
    floors: RollbackFloors, acceptRollback: Bool, now: Int64
  ) {
    self.source = source
    self.address = address
    self.blobs = blobs
    self.known = known
    self.floors = floors
    self.acceptRollback = acceptRollback
    fetcher = DocumentFetcher(source: source, root: address.root, client: client, now: now)
  }

  /// - Parameter unchangedIsEnough: whether the caller needs no documents when upstream says that nothing changed.
  func read(unchangedIsEnough: Bool = false) async throws -> Upstream {
    let index = try await readIndex()
    if index.reused, unchangedIsEnough { return Upstream(root: address.root, documents: [], isUnchanged: true) }
    if index.reused, let stored = try storedDocuments() {
      return Upstream(root: address.root, documents: stored, isUnchanged: true)
    }
    var documents = [index.document]
    try await follow(index.document, depth: 1, into: &documents)
    return Upstream(root: address.root, documents: documents, isUnchanged: false)
  }

  private func readIndex() async throws -> (document: UpstreamDocument, reused: Bool) {
    var candidates: [String]
    switch address.index {
    case .named(let path): candidates = [path.string]
    case .standard:
      candidates =
        source.keyring == nil ? ["streams/v1/index.json"] : ["streams/v1/index.sjson", "streams/v1/index.json"]
    }
    // A tree that had only `index.json` last time is asked for that first, so that nothing new costs one request.
    if let known = known.indexPath, candidates.contains(known) {
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
    let stored = known.document(at: path)
    let restored = try stored.flatMap { try restore($0, entry: entry) }
    // What a 304 means is known only where the validators came from.
    let validators = restored?.origin == address.root.description ? restored?.validators : nil
    guard let fetched = try await fetcher.fetch(path, unless: validators) else {
      // A 304 comes only to validators, and those are sent only for a document that could be restored.
      return (restored!, true)
    }
    // The same bytes say as much as a 304, whichever address they come from.
    if let restored, fetched.received.allSatisfy(restored.has) { return (restored, true) }
    let document = try parse(fetched, path: path, entry: entry)
    try checkRollback(document)
    return (document, false)
  }

  func parse(
    _ fetched: DocumentFetcher.Verified, path: TreePath, entry: StreamIndex.Entry?
  ) throws -> UpstreamDocument {
    let name = address.root.appending(path).description
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
      validators: fetched.validators, origin: address.root.description, content: content)
  }

  /// The rollback attack: a replay of documents that were good once.
  private func checkRollback(_ document: UpstreamDocument) throws {
    guard !acceptRollback, let floor = floors.floor(above: document), let updated = document.updated else { return }
    throw MirrorError.rollback(
      document: address.root.appending(document.path).description, accepted: Timestamp(seconds: floor),
      offered: updated)
  }
}
