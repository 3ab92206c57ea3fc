import NIOCore
import Simplestreams
import Storage
import Synchronization

/// Blobs that were asked for lately. Not for long: a file that was removed gives its space back only when it is closed,
/// and one that was mended is to be opened anew.
final class RecentBlobs: Sendable {
  private struct Kept {
    var content: BlobContent
    var until: NIODeadline
  }

  private struct State {
    var blobs: [SHA256Digest: Kept] = [:]
    var weight = 0
    /// Whether somebody will come and let go of what is over.
    var isWatched = false

    mutating func remove(where isOver: (Kept) -> Bool) {
      blobs = blobs.filter { !isOver($0.value) }
      weight = blobs.values.reduce(0) { $0 + $1.content.weight }
    }
  }

  static let lifetime = TimeAmount.seconds(5)
  /// Open files and small blobs together; half of the files that a service may open by default.
  private static let countLimit = 512
  /// In bytes, of the small ones.
  private static let weightLimit = 8 << 20

  private let state = Mutex(State())

  /// `nil` also for a file that has not the size any more that it should have.
  func find(_ digest: SHA256Digest, size: Int64, at now: NIODeadline = .now()) -> BlobContent? {
    guard let kept = state.withLock({ $0.blobs[digest] }), now < kept.until else { return nil }
    switch kept.content {
    case .bytes(let bytes): return bytes.readableBytes == Int(size) ? kept.content : nil
    // These have their shelf.
    case .document: return nil
    // A file that cannot be looked at is opened anew, and the error told then.
    case .file(let file): return (try? file.size()) == size ? kept.content : nil
    }
  }

  /// - Returns: whether the caller is to call `expire` after the lifetime, and again for as long as that says so.
  func keep(_ content: BlobContent, as digest: SHA256Digest, at now: NIODeadline = .now()) -> Bool {
    state.withLock { state in
      let isFull = state.blobs.count >= Self.countLimit || state.weight + content.weight > Self.weightLimit
      if isFull { state.remove { $0.until <= now } }
      // Still full: a client that asks for everything once drives nobody else's files out.
      if state.blobs.count >= Self.countLimit || state.weight + content.weight > Self.weightLimit { return false }
      let old = state.blobs.updateValue(Kept(content: content, until: now + Self.lifetime), forKey: digest)
      state.weight += content.weight - (old?.content.weight ?? 0)
      defer { state.isWatched = true }
      return !state.isWatched
    }
  }

  /// Lets go of what was kept for long enough, and says whether something is left.
  func expire(at now: NIODeadline = .now()) -> Bool {
    state.withLock { state in
      state.remove { $0.until <= now }
      state.isWatched = !state.blobs.isEmpty
      return state.isWatched
    }
  }

  var count: Int { state.withLock { $0.blobs.count } }
}
