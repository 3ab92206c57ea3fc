import Simplestreams
import Synchronization

/// Blobs that could not be opened when they were asked for.
final class BlobSuspects: Sendable {
  /// More than a published tree has files that fail one by one: then the disk is gone, and documents tell.
  private static let limit = 10_000

  private let state = Mutex<Set<SHA256Digest>>([])

  var all: Set<SHA256Digest> { state.withLock { $0 } }

  func add(_ digest: SHA256Digest) {
    state.withLock { if $0.count < Self.limit { $0.insert(digest) } }
  }

  func remove(_ digest: SHA256Digest) { state.withLock { _ = $0.remove(digest) } }
}
