import NIOCore
import NIOPosix
import Simplestreams
import Storage

/// How a response gets at a blob's bytes: the one place between a decision and a descriptor.
final class BlobOpener: Sendable {
  /// Runs what blocks where it may.
  typealias Background =
    @Sendable (any EventLoop, @escaping @Sendable () throws -> BlobContent) -> EventLoopFuture<BlobContent>

  let blobs: any BlobStore
  private let background: Background
  private let recent = RecentBlobs()
  private let shelf = DocumentShelf()
  private let readiness: Readiness
  private let proofs: BlobProofs
  private let suspects = BlobSuspects()

  init(
    blobs: any BlobStore, log: @escaping @Sendable (String) -> Void = { _ in },
    background: @escaping Background = { NIOThreadPool.singleton.runIfActive(eventLoop: $0, $1) }
  ) {
    self.blobs = blobs
    self.background = background
    let (proofs, suspects) = (BlobProofs(log: log), suspects)
    self.proofs = proofs
    readiness = Readiness(blobs: blobs, suspects: { suspects.all.union(proofs.damaged) }) { digest, size in
      _ = try Self.open(digest, size, in: blobs, proofs)
      suspects.remove(digest)
    }
  }

  /// What was opened lately; never blocks.
  /// - Parameter isDocument: whether it is to come from memory, also if it is large.
  func find(_ digest: SHA256Digest, size: Int64, isDocument: Bool = false) -> BlobContent? {
    if isDocument, DocumentShelf.takes(size), let document = shelf.find(digest, size: size) {
      return .document(document)
    }
    guard let content = recent.find(digest, size: size) else { return nil }
    if case .file(let file) = content, proofs.damage(of: digest, file) != nil { return nil }
    return content
  }

  /// Opens on another thread: a disk that sleeps must not hold up the clients of an event loop.
  func load(
    _ digest: SHA256Digest, size: Int64, isDocument: Bool = false, on loop: any EventLoop
  ) -> EventLoopFuture<BlobContent> {
    let future = background(loop) { [blobs, proofs, shelf] in
      try Self.open(digest, size, in: blobs, proofs, on: isDocument ? shelf : nil)
    }
    future.whenFailure { [suspects] _ in suspects.add(digest) }
    future.whenSuccess { content in
      if case .document = content { return }
      if self.recent.keep(content, as: digest) { self.expireLater(on: loop) }
    }
    return future
  }

  private static func open(
    _ digest: SHA256Digest, _ size: Int64, in blobs: any BlobStore, _ proofs: BlobProofs, on shelf: DocumentShelf? = nil
  ) throws -> BlobContent {
    let content = try BlobContent(digest, size: size, in: blobs, on: shelf)
    if case .file(let file) = content, let damage = proofs.damage(of: digest, file) { throw damage }
    return content
  }

  /// Whether a large blob is what its name says.
  func proof(of digest: SHA256Digest, _ file: OpenFile, on loop: any EventLoop) -> BlobProofs.Proof {
    do throws(StorageError) {
      return try proofs.proof(of: digest, file, on: loop)
    } catch {
      return .damaged(DamagedBlob(path: file.path, reason: error))
    }
  }

  /// To be called when no connection is open any more, and before the event loops end.
  func stop() { proofs.letGo() }

  /// Also on a server that nobody asks for anything more.
  private func expireLater(on loop: any EventLoop) {
    loop.scheduleTask(in: RecentBlobs.lifetime) {
      if self.recent.expire() { self.expireLater(on: loop) }
    }
  }

  /// Why a region would not get what is published; empty when it would.
  func unready(_ view: TreeView) -> [String] { readiness.reasons(view) }
}
