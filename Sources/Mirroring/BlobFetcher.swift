import Simplestreams
import Storage
import Transfer

/// Brings the blobs of a plan into the store, several at a time.
struct BlobFetcher: Sendable {
  let source: Source
  let client: any HTTPClient
  let blobs: any BlobStore
  let progress: SyncProgress
  let observe: @Sendable (SyncEvent) -> Void

  /// Why each blob that could not be had could not. Throws only what makes going on pointless: our own disk.
  func fetch(_ plan: [Plan.Blob]) async throws -> [SHA256Digest: String] {
    var failures: [SHA256Digest: String] = [:]
    // After this many failures in a row upstream is taken for gone, and is not asked for the rest.
    var patience = source.connections * 2
    try await withThrowingTaskGroup(of: (Plan.Blob, Outcome).self) { group in
      var waiting = plan[...]
      func start() {
        guard let blob = waiting.popFirst() else { return }
        group.addTask { (blob, try await fetch(blob)) }
      }
      // More tasks than connections: while one file is made durable, the next is already on its way.
      for _ in 0..<(source.connections * 2) { start() }
      while let (blob, outcome) = try await group.next() {
        switch outcome {
        case .done:
          patience = source.connections * 2
          observe(.fetched(blob.paths[0], size: blob.size))
        case .failed(let reason, let unreachable):
          failures[blob.digest] = reason
          observe(.failed(blob.paths[0], reason: reason))
          if unreachable { patience -= 1 }
        }
        if patience <= 0 {
          for blob in waiting { failures[blob.digest] = "upstream stopped answering" }
          waiting = []
        }
        start()
      }
    }
    return failures
  }

  private enum Outcome: Sendable {
    case done
    case failed(String, unreachable: Bool)
  }

  private func fetch(_ blob: Plan.Blob) async throws -> Outcome {
    var last = Outcome.failed("it has no path", unreachable: false)
    for path in blob.paths {
      let writer = try await BlockingPool.run { try blobs.receive(blob.digest, size: blob.size) }
      progress.begin(path, size: blob.size, held: writer.position)
      last = try await receive(blob, path: path, writer: writer, resumed: writer.position > 0)
      if case .done = last {
        progress.end(path, done: true)
        return .done
      }
      progress.end(path, done: false)
    }
    return last
  }

  private func receive(
    _ blob: Plan.Blob, path: TreePath, writer: any BlobWriter, resumed: Bool
  ) async throws -> Outcome {
    let sink = BlobSink(writer, path: path, progress: progress)
    do {
      if writer.position < blob.size || blob.size == 0 {
        let request = TransferRequest(
          url: source.root.appending(path), resumeAt: writer.position, byteLimit: blob.size, expectedLength: blob.size)
        _ = try await client.get(request, into: sink)
      }
      try await BlockingPool.run { try writer.finish() }
      return .done
    } catch let error as TransferError {
      return .failed("\(error)", unreachable: error.isUnreachable)
    } catch let error as StorageError {
      switch error {
      case .wrongHash where resumed:
        // What an earlier run left may be from another day: once more from the start, and only then it is upstream.
        let fresh = try await BlockingPool.run { try blobs.receive(blob.digest, size: blob.size) }
        progress.add(-blob.size, to: path)
        return try await receive(blob, path: path, writer: fresh, resumed: false)
      case .wrongHash, .wrongSize:
        return .failed("\(error)", unreachable: false)
      default:
        throw error
      }
    }
  }
}
