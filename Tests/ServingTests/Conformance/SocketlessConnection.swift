import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import Storage
import Testing

@testable import Serving

/// The handlers of a connection, as `ConnectionPipeline` sets them up, without a socket below them.
final class SocketlessConnection {
  private let store: TestStore
  let channel = EmbeddedChannel()
  let handler: ConnectionHandler

  /// - Parameters:
  ///   - isSecure: whether it is treated as one with TLS, which is left out.
  ///   - isFull: whether nothing that is sent is ever taken.
  init(items: [String: [UInt8]], isSecure: Bool = false, isFull: Bool = false) throws {
    let store = try TestStore()
    self.store = store
    let trees = try [store.publish(items: items, time: 1_770_000_000)].map {
      try store.publications.tree($0.current.tree)
    }
    let view = TreeView(trees.map { .init(path: $0.path, number: 1, tree: $0) }, replaced: [], keyring: nil)
    let opener = BlobOpener(
      blobs: store.blobs, background: { loop, body in loop.makeCompletedFuture(withResultOf: body) })
    let watcher = PublicationWatcher(
      publications: store.publications,
      loader: TreeLoader(publications: store.publications, blobs: store.blobs, grace: 0),
      now: { 1_780_000_000 }, log: { _ in })
    let service = ConnectionService(
      generation: { 0 }, responder: { Responder(view: view, unready: { _ in [] }) }, opener: opener,
      ledger: ExchangeLedger(watcher: watcher), limits: LimitBook(ServerLimits()), now: { 1_780_000_000 }, log: { _ in }
    )
    handler = ConnectionHandler(
      service: LoopService(service, on: channel.eventLoop), watch: ConnectionWatch(book: LimitBook(ServerLimits())),
      client: "192.0.2.7", isSecure: isSecure)
    if isFull { try channel.pipeline.syncOperations.addHandler(FullSocket()) }
    try channel.pipeline.syncOperations.addHandlers(FileBytes(), handler)
    channel.pipeline.fireChannelActive()
  }

  // Its handlers hold each other until it is closed. What it says of bytes that nobody read is of no interest here.
  deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

  /// - Parameter step: the number of bytes that arrive at once.
  func send(_ bytes: [UInt8], step: Int) throws {
    for start in stride(from: 0, to: bytes.count, by: step) {
      try channel.writeInbound(ByteBuffer(bytes: bytes[start..<min(start + step, bytes.count)]))
    }
    channel.embeddedEventLoop.run()
  }

  /// All that the server sent.
  var received: [UInt8] {
    var out: [UInt8] = []
    while let data = try? channel.readOutbound(as: ByteBuffer.self) { out += data.readableBytesView }
    return out
  }
}

/// A socket that takes nothing until the connection ends.
private final class FullSocket: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  private var waiting: [EventLoopPromise<Void>] = []

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if let promise { waiting.append(promise) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    for promise in waiting { promise.fail(ChannelError.ioOnClosedChannel) }
  }
}

/// Reads what would go by `sendfile`: no socket is there to take it.
private final class FileBytes: ChannelOutboundHandler {
  typealias OutboundIn = IOData
  typealias OutboundOut = ByteBuffer

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .byteBuffer(let bytes): context.write(wrapOutboundOut(bytes), promise: promise)
    case .fileRegion(let region):
      var bytes = [UInt8](repeating: 0, count: region.readableBytes)
      let count = try? region.fileHandle.withUnsafeFileDescriptor { descriptor in
        bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(region.readerIndex)) }
      }
      #expect(count == bytes.count)
      context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: promise)
    }
  }
}
