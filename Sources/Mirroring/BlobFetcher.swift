import Simplestreams
import Storage
import Transfer

/// Why a file could not be had from any address.
struct FetchFailure: Sendable, Equatable {
  var reason: String
  /// What came, or what was promised, was wrong: asking again will not mend it.
  var isLie = false
}

/// Brings the blobs of a plan into the store, several at a time, from whichever address has them.
struct BlobFetcher: Sendable {
  let source: Source
  /// In the order in which they are asked.
  let roots: [RemoteURL]
  let client: any HTTPClient
  let blobs: any BlobStore
  let progress: SyncProgress
  let observe: @Sendable (SyncEvent) -> Void

  /// Why each file that could not be had could not. Throws only what makes going on pointless: our own disk.
  func fetch(_ planned: PlannedBlobs) async throws -> [FileContent: FetchFailure] {
    var failures = try await fetch(planned.toFetch)
      .merging(planned.refuted.mapValues { FetchFailure(reason: $0, isLie: true) }) { first, _ in first }
    // One after the other: two that wrote one blob at a time would spoil each other's bytes.
    var proven = Dictionary(
      planned.toFetch.filter { failures[$0.content] == nil }.map { ($0.digest, $0.size) }, uniquingKeysWith: max)
    for blob in planned.rivals {
      if let size = proven[blob.digest] {
        failures[blob.content] = FetchFailure(
          reason: PlannedBlobs.contradiction(blob.content, isReally: size), isLie: true)
        continue
      }
      let failed = try await fetch([blob])
      if failed.isEmpty { proven[blob.digest] = blob.size }
      failures.merge(failed) { first, _ in first }
    }
    return failures
  }

  func fetch(_ plan: [PlannedBlobs.Blob]) async throws -> [FileContent: FetchFailure] {
    var failures: [FileContent: FetchFailure] = [:]
    let patience = AddressPatience(roots: roots.count, limit: source.connections * 2)
    try await withThrowingTaskGroup(of: (PlannedBlobs.Blob, FetchFailure?).self) { group in
      var waiting = plan[...]
      // More files than are under way: while one is made durable, the next is already coming.
      var room = source.connections * 4
      func start() {
        while let blob = waiting.first, blob.share <= room {
          waiting.removeFirst()
          room -= blob.share
          group.addTask { (blob, try await fetch(blob, patience)) }
        }
      }
      start()
      while let (blob, failure) = try await group.next() {
        room += blob.share
        if let failure {
          failures[blob.content] = failure
          observe(.failed(blob.paths[0], reason: failure.reason))
        } else {
          observe(.fetched(blob.paths[0], size: blob.size))
        }
        if patience.allAreGone {
          for blob in waiting { failures[blob.content] = Self.silence }
          waiting = []
        }
        start()
      }
    }
    return failures
  }

  private static let silence = FetchFailure(reason: "upstream stopped answering")

  /// Why the blob cannot be had from any root; `nil` when it is in the store.
  private func fetch(_ blob: PlannedBlobs.Blob, _ patience: AddressPatience) async throws -> FetchFailure? {
    var (reasons, isLie): ([String], Bool) = ([], false)
    for (index, root) in roots.enumerated() where !patience.isGone(index) {
      var last = ""
      for path in blob.paths {
        let writer = try await BlockingPool.run { try blobs.receive(blob.digest, size: blob.size) }
        let file = progress.begin(path, size: blob.size, held: writer.position)
        let outcome = try await receive(blob, from: root.appending(path), as: file, writer: writer)
        progress.end(file, done: outcome == .done)
        switch outcome {
        case .done:
          patience.succeed(index)
          for reason in reasons { observe(.note("\(Self.clause(reason)); fetched from \(root)")) }
          return nil
        case .absent(let reason): last = reason
        case .failed(let reason, let lied):
          last = reason
          isLie = isLie || lied
          // Where there is no other to ask, each file is still tried: the lie may be about one.
          if lied && roots.count == 1 { continue }
          if patience.fail(index), roots.count > 1 { observe(.note("\(root) fails again and again; it is left alone")) }
        }
      }
      reasons.append(last)
    }
    guard let end = reasons.popLast() else { return Self.silence }
    return FetchFailure(reason: (reasons.map(Self.clause) + [end]).joined(separator: "; "), isLie: isLie)
  }

  /// With more behind it a sentence has no full stop.
  private static func clause(_ reason: String) -> String { reason.hasSuffix(".") ? String(reason.dropLast()) : reason }

  private enum Outcome: Sendable, Equatable {
    case done
    /// This file is not there, which says nothing of the others.
    case absent(String)
    case failed(String, isLie: Bool)
  }

  private func receive(
    _ blob: PlannedBlobs.Blob, from url: RemoteURL, as file: SyncProgress.File, writer: any BlobWriter,
    isFresh: Bool = false
  ) async throws -> Outcome {
    let sink = BlobSink(writer, file: file, progress: progress)
    var isBadEnding = false
    do {
      if writer.position < blob.size || blob.size == 0 {
        let request = TransferRequest(
          url: url, resumeAt: writer.position, byteLimit: blob.size, expectedLength: blob.size)
        do {
          _ = try await client.get(request, into: sink)
        } catch let error as TransferError where error.isBadEnding && request.isWhole(at: writer.position) {
          // Every byte came, and whether they are right the hash says, not how the connection ended.
          isBadEnding = true
        } catch {
          // What came is there for the next attempt, and for the next sync.
          try await BlockingPool.run { try writer.suspend() }
          throw error
        }
      }
      try await BlockingPool.run { try writer.finish() }
      return .done
    } catch let error as TransferError {
      if case .status = error, !error.isUnreachable { return .absent("\(error)") }
      if case .notCarried = error { return .absent("\(error)") }
      return .failed("\(error)", isLie: !error.isUnreachable)
    } catch let error as StorageError {
      switch error {
      case .wrongHash where (sink.isPieced || isBadEnding) && !isFresh:
        // Its pieces may be of different files: of another day, another server, or from before and after a change. Or what
        // broke the connection spoilt them. Once more from the start, and only then it is this server that lies.
        let fresh = try await BlockingPool.run { try blobs.receive(blob.digest, size: blob.size) }
        progress.restart(file)
        return try await receive(blob, from: url, as: file, writer: fresh, isFresh: true)
      case .wrongHash(let expected, let found):
        let reason = "\(url): its bytes hash to \(found), and upstream lists \(expected), so they are not used"
        let remedy =
          url.isCarried ? "Export it again with --check" : "Try again later, and tell upstream if it stays so"
        return .failed("\(reason). \(remedy).", isLie: true)
      case .wrongSize:
        return .failed("\(url): \(error)", isLie: true)
      default:
        throw error
      }
    }
  }
}

extension PlannedBlobs.Blob {
  /// Of small files twice as many are under way.
  fileprivate var share: Int { size <= TransferRequest.smallBody ? 1 : 2 }
}
