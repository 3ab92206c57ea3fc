import NIOCore

/// What goes out on one connection, in pieces where the bandwidth is limited. What is small, such as heads and an index,
/// goes before what is large as long as that does not take much of the bandwidth. Without a limit everything passes
/// through as it is. Lives on the connection's event loop, between the handler and the socket.
final class Outflow: ChannelOutboundHandler {
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private struct Waiting {
    var data: IOData
    var promise: EventLoopPromise<Void>?
  }

  /// What may go before. A piece of a file has more, also where it is sent through TLS.
  private static let small = 8 << 10

  private let pacer: Pacer
  private let client: String
  private let uptake: Uptake
  private var queue = CircularBuffer<Waiting>()
  /// How many of the queue were flushed.
  private var flushed = 0
  /// Bytes of the first of the queue that wait for their time; `nil` where none do.
  private var waitingPiece: Int?

  init(pacer: Pacer, client: String, uptake: Uptake) {
    self.pacer = pacer
    self.client = client
    self.uptake = uptake
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.channel.closeFuture.whenComplete { _ in bound.value.fail() }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if queue.isEmpty, !pacer.isPacing {
      return context.write(data, promise: promise)
    }
    let data = Self.unwrapOutboundIn(data)
    uptake.hold(data.readableBytes)
    queue.append(Waiting(data: data, promise: promise))
  }

  func flush(context: ChannelHandlerContext) {
    flushed = queue.count
    if queue.isEmpty { context.flush() } else if waitingPiece == nil { pump(context) }
  }

  /// What waits is lost with the connection, as what was flushed is.
  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode == .all { uptake.note() }
    if mode != .input { fail() }
    context.close(mode: mode, promise: promise)
  }

  private func pump(_ context: ChannelHandlerContext) {
    while flushed > 0 {
      let now = NIODeadline.now().uptimeNanoseconds
      let size = queue[queue.startIndex].data.readableBytes
      let piece = min(size, pacer.piece(at: now) ?? size)
      let delay = pacer.delay(for: piece, to: client, isUrgent: size <= Self.small, at: now)
      if delay > 0 {
        waitingPiece = piece
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .nanoseconds(Int64(clamping: delay))) {
          let (outflow, context) = bound.value
          // The connection may be gone, and all that waited with it.
          if outflow.waitingPiece == nil { return }
          outflow.waitingPiece = nil
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
    uptake.letGo(count)
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
    if let waitingPiece { pacer.giveBack(waitingPiece, to: client) }
    waitingPiece = nil
    for waiting in lost { waiting.promise?.fail(ChannelError.ioOnClosedChannel) }
  }
}
