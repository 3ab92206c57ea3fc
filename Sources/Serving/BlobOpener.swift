import NIOCore
import NIOPosix
import Simplestreams
import Storage

/// How a response gets at a blob's bytes: the one place between a decision and a descriptor.
struct BlobOpener: Sendable {
  /// Runs what blocks where it may.
  typealias Background =
    @Sendable (any EventLoop, @escaping @Sendable () throws -> BlobContent) -> EventLoopFuture<BlobContent>

  let blobs: any BlobStore
  private let background: Background
  private let recent = RecentBlobs()
  private let readiness: Readiness

  init(
    blobs: any BlobStore,
    background: @escaping Background = { NIOThreadPool.singleton.runIfActive(eventLoop: $0, $1) }
  ) {
    self.blobs = blobs
    self.background = background
    readiness = Readiness(blobs: blobs)
  }

  /// What was opened lately; never blocks.
  func find(_ digest: SHA256Digest, size: Int64) -> BlobContent? { recent.find(digest, size: size) }

  /// Opens on another thread: a disk that sleeps must not hold up the clients of an event loop.
  func load(_ digest: SHA256Digest, size: Int64, on loop: any EventLoop) -> EventLoopFuture<BlobContent> {
    let future = background(loop) { try BlobContent(digest, size: size, in: blobs) }
    future.whenSuccess { content in
      if recent.keep(content, as: digest) { expireLater(on: loop) }
    }
    return future
  }

  /// Also on a server that nobody asks for anything more.
  private func expireLater(on loop: any EventLoop) {
    loop.scheduleTask(in: RecentBlobs.lifetime) {
      if recent.expire() { expireLater(on: loop) }
    }
  }

  /// Why a region would not get what is published; empty when it would.
  func unready(_ view: TreeView) -> [String] { readiness.reasons(view) }
}
