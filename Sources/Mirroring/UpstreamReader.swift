import Catalog
import OrderedCollections
import Simplestreams
import Storage
import Transfer
import Trust

/// Reads a source's metadata from one of its addresses: once per sync, verified, those bytes to the end.
struct UpstreamReader: Sendable {
  static let documentLimit = 64
  static let nestingLimit = 4

  /// Seconds to wait before documents that do not fit together are read again: upstream may be writing them.
  private static let pauses: [Duration] = [.seconds(1), .seconds(4)]

  let source: Source
  let address: TreeAddress
  let client: any HTTPClient
  let blobs: any BlobStore
  let keeping: BytesKeeping
  let known: KnownDocuments
  let floors: RollbackFloors
  let acceptRollback: Bool
  let now: Int64

  /// - Parameter unchangedIsEnough: whether the caller needs no documents when upstream says that nothing changed.
  func read(unchangedIsEnough: Bool = false) async throws -> Upstream {
    for pause in Self.pauses {
      do {
        return try await pass(unchangedIsEnough)
      } catch  where Self.mayBeAChange(error) {
        try await Task.sleep(for: pause)
      }
    }
    return try await pass(unchangedIsEnough)
  }

  /// Whether the documents may have changed between the first and the last of them.
  private static func mayBeAChange(_ error: any Error) -> Bool {
    switch error {
    case MirrorError.mixed, MirrorError.misplaced: true
    // Where the index itself is absent, `noIndex` says so.
    case let error as TransferError: error.isAbsence
    default: false
    }
  }

  private func pass(_ unchangedIsEnough: Bool) async throws -> Upstream {
    let fetcher = DocumentFetcher(
      source: source, root: address.root, client: client, keeping: keeping.anew(),
      budget: DocumentBudget(source: source.name), now: now)
    let index = try await readIndex(fetcher)
    let updated = index.document.updated?.seconds
    if index.reused, unchangedIsEnough {
      let known = known.all.compactMap(\.updated).max()
      return Upstream(root: address.root, documents: [index.document], isUnchanged: true, updated: updated ?? known)
    }
    let stored = index.reused ? try storedDocuments(behind: index.document, fetcher) : nil
    var documents = stored ?? [index.document]
    if stored == nil { try await follow(index.document, depth: 1, into: &documents, fetcher) }
    return Upstream(
      root: address.root, documents: documents, isUnchanged: stored != nil,
      updated: updated ?? documents.compactMap { $0.updated?.seconds }.max())
  }

  private func readIndex(_ fetcher: DocumentFetcher) async throws -> (document: UpstreamDocument, reused: Bool) {
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
        return try await readDocument(try TreePath(document: candidate), entry: nil, fetcher)
      } catch let error as TransferError where error.isAbsence {
        absent.append("\(error)")
      }
    }
    if source.keyring == nil, address.index == .standard {
      absent.append(
        "a tree that is signed may have index.sjson only: then name its keyring, and remove “unsigned = true”")
    }
    throw MirrorError.noIndex(source: source.name, absent)
  }

  /// Walks an index's entries, and the indexes below it, in order.
  private func follow(
    _ document: UpstreamDocument, depth: Int, into documents: inout [UpstreamDocument], _ fetcher: DocumentFetcher
  ) async throws {
    guard case .index(let index) = document.content else { return }
    let entries = index.entries.filter { $0.isIndex || $0.isImages }
    guard documents.count + entries.count <= Self.documentLimit, depth <= Self.nestingLimit else {
      throw MirrorError.tooManyDocuments(source: source.name, limit: Self.documentLimit)
    }
    let read = try await withThrowingTaskGroup(of: (Int, UpstreamDocument).self) { group in
      for (position, entry) in entries.enumerated() {
        group.addTask { (position, try await self.readDocument(entry.path, entry: entry, fetcher).document) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    for document in read {
      guard !documents.contains(where: { $0.path == document.path }) else { continue }
      documents.append(document)
      try await follow(document, depth: depth + 1, into: &documents, fetcher)
    }
  }

  private func readDocument(
    _ path: TreePath, entry: StreamIndex.Entry?, _ fetcher: DocumentFetcher
  ) async throws -> (document: UpstreamDocument, reused: Bool) {
    let stored = known.document(at: path, listedAs: entry).flatMap { isHere($0) ? $0 : nil }
    // What a 304 means is known only where the validators came from.
    let validators = stored?.origin == address.root.description ? stored?.validators : nil
    if let fetched = try await fetcher.fetch(path, unless: validators) {
      return try accept(fetched, path, entry, fetcher, stored)
    }
    // A 304 comes only to validators, and those are sent only for a document that is here.
    if let stored, let restored = try restore(stored, fetcher.keeping) {
      let document = try parse(restored, path: path, entry: entry, fetcher)
      try checkBelonging(document, entry)
      return (document, true)
    }
    // It is damaged, or went away meanwhile.
    guard let fetched = try await fetcher.fetch(path, unless: nil) else {
      preconditionFailure("a client returned a 304 that it did not ask for")
    }
    return try accept(fetched, path, entry, fetcher, nil)
  }

  private func accept(
    _ fetched: DocumentFetcher.Verified, _ path: TreePath, _ entry: StreamIndex.Entry?, _ fetcher: DocumentFetcher,
    _ stored: SourceState.Document?
  ) throws -> (document: UpstreamDocument, reused: Bool) {
    // The same bytes say as much as a 304, whichever address they come from. What they are recognised by may have changed, or have
    // become good enough for that; so may their key's expiry.
    let recognised = try stored.flatMap { try self.recognised(fetched.received, as: $0, fetcher.keeping) }
    var document = try parse(fetched, path: path, entry: entry, fetcher)
    if let recognised {
      document.received = recognised
    } else {
      try checkRollback(document, fetched.verified.payload)
      try checkFastForward(document)
    }
    let isKnown = recognised != nil
    try checkBelonging(document, entry)
    return (document, isKnown)
  }

  func parse(
    _ fetched: DocumentFetcher.Verified, path: TreePath, entry: StreamIndex.Entry?, _ fetcher: DocumentFetcher
  ) throws -> UpstreamDocument {
    let budget = fetcher.budget
    let name = address.root.appending(path).description
    let payload = fetched.verified.payload
    let content: UpstreamDocument.Content
    do throws(DocumentError) {
      if entry?.isIndex ?? true {
        content = .index(try budget.read { budget throws(DocumentError) in try StreamIndex(payload, &budget) })
      } else {
        var file = try budget.read { budget throws(DocumentError) in try ProductsFile(payload, &budget) }
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
      path: path, contentID: contentID, received: fetched.received, payload: try fetcher.keeping.keep(payload),
      assurance: fetched.verified.assurance, goodUntil: fetched.verified.goodUntil, validators: fetched.validators,
      origin: address.root.description, content: content)
  }

  /// The rollback attack: a replay of documents that were good once.
  private func checkRollback(_ document: UpstreamDocument, _ payload: [UInt8]) throws {
    guard let floor = floors.floor(above: document) else { return }
    // Whoever accepted that once would have accepted a document of any time.
    if document.updated == nil, let text = Self.unreadableTime(in: payload) {
      throw MirrorError.malformed(
        document: name(document),
        DocumentError("updated", "“\(text)” is no date in RFC 2822 or ISO 8601, though the last one had such a date"))
    }
    if acceptRollback { return }
    throw MirrorError.rollback(
      document: name(document), accepted: Timestamp(seconds: floor), offered: document.updated)
  }

  /// What stands in the place of a document's time and is none.
  private static func unreadableTime(in payload: [UInt8]) -> String? {
    // It was parsed before, so it can be parsed again.
    guard let found = try? JSONValue.document(payload)["updated"], found != .null else { return nil }
    return found.scalarText.map { String($0.prefix(80)) } ?? "an object or a list"
  }

  /// The fast-forward attack: a document from the future, once accepted, would make every honest one after it a rollback.
  private func checkFastForward(_ document: UpstreamDocument) throws {
    guard let updated = document.updated, updated.seconds > now + Self.clockTolerance else { return }
    throw MirrorError.fromTheFuture(document: name(document), offered: updated, now: Timestamp(seconds: now))
  }

  /// An hour. A document so far ahead holds nothing up for longer than that.
  private static let clockTolerance: Int64 = 3600

  /// The mix-and-match attack: an index beside products files that it was never published with.
  private func checkBelonging(_ document: UpstreamDocument, _ entry: StreamIndex.Entry?) throws {
    guard let entry, case .products(let file) = document.content,
      let fault = Belonging.fault(of: file, listedAs: entry), !(acceptRollback && fault.isAge)
    else { return }
    throw MirrorError.mixed(document: name(document), fault)
  }

  private func name(_ document: UpstreamDocument) -> String { address.root.appending(document.path).description }
}

extension Belonging.Fault {
  fileprivate var isAge: Bool { if case .older = self { true } else { false } }
}
