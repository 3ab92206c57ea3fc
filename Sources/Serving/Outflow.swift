import NIOCore

/// What goes out on one connection, in pieces where the bandwidth is limited. Small pieces, such as heads and most
/// documents, never wait; they count all the same. Without a limit everything passes through as it is. Lives on the
/// connection's event loop, between the HTTP encoder and the socket.
final class Outflow: ChannelOutboundHandler {
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private struct Waiting {
    var data: IOData
    var promise: EventLoopPromise<Void>?
  }

  /// What never waits.
  private static let small = 16 << 10

  private let pacer: Pacer
  private let client: String
  private var queue = CircularBuffer<Waiting>()
  /// How many of the queue were flushed.
  private var flushed = 0
  /// The first of the queue waits for its time.
  private var isWaiting = false

  init(pacer: Pacer, client: String) {
    self.pacer = pacer
    self.client = client
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.channel.closeFuture.whenComplete { _ in bound.value.fail() }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if queue.isEmpty, !pacer.isPacing {
      return context.write(data, promise: promise)
    }
    queue.append(Waiting(data: Self.unwrapOutboundIn(data), promise: promise))
  }

  func flush(context: ChannelHandlerContext) {
    flushed = queue.count
    if queue.isEmpty { context.flush() } else if !isWaiting { pump(context) }
  }

  /// What waits is lost with the connection, as what was flushed is.
  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode != .input { fail() }
    context.close(mode: mode, promise: promise)
  }

  private func pump(_ context: ChannelHandlerContext) {
    while flushed > 0 {
      let now = NIODeadline.now().uptimeNanoseconds
      let size = queue[queue.startIndex].data.readableBytes
      let piece = min(size, pacer.piece(at: now) ?? size)
      let delay = pacer.delay(for: piece, to: client, at: now)
      if delay > 0, size > Self.small {
        isWaiting = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .nanoseconds(Int64(clamping: delay))) {
          let (outflow, context) = bound.value
          outflow.isWaiting = false
          // The connection may be gone, and all that waited with it.
          if outflow.queue.isEmpty { return }
          outflow.send(piece, context)
          outflow.pump(context)
        }
        break
      }
      send(piece, context)
    }
    context.flush()
  }

  private func send(_ count: Int, _ context: ChannelHandlerContext) {
    var first = queue[queue.startIndex]
    guard count < first.data.readableBytes else {
      queue.removeFirst()
      flushed -= 1
      return context.write(wrapOutboundOut(first.data), promise: first.promise)
    }
    let part: IOData
    switch first.data {
    case .byteBuffer(var buffer):
      // The queue holds what is left.
      guard let slice = buffer.readSlice(length: count) else { return }
      (part, first.data) = (.byteBuffer(slice), .byteBuffer(buffer))
    case .fileRegion(var region):
      let end = region.readerIndex + count
      part = .fileRegion(FileRegion(fileHandle: region.fileHandle, readerIndex: region.readerIndex, endIndex: end))
      region.moveReaderIndex(forwardBy: count)
      first.data = .fileRegion(region)
    }
    queue[queue.startIndex] = first
    context.write(wrapOutboundOut(part), promise: nil)
  }

  private func fail() {
    let lost = queue
    queue.removeAll()
    flushed = 0
    for waiting in lost { waiting.promise?.fail(ChannelError.ioOnClosedChannel) }
  }
}
