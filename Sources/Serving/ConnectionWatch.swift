import NIOCore

/// Closes a connection whose time is over. Lives on the connection's event loop, next to the socket: what it sees
/// written is what the socket gets. Handlers of the connection report here.
final class ConnectionWatch: ChannelDuplexHandler {
  typealias InboundIn = Any
  typealias OutboundIn = IOData

  private let book: LimitBook
  private var clock = ConnectionClock(at: NIODeadline.now().uptimeNanoseconds)
  private var ticks: RepeatedTask?
  private var queued: Int64 = 0
  private var context: ChannelHandlerContext?

  init(book: LimitBook) { self.book = book }

  func firstByte() { clock.firstByte(at: NIODeadline.now().uptimeNanoseconds) }

  func begin(_ waiting: ConnectionClock.Waiting) {
    // Between two answers everything that was queued is taken.
    clock.begin(waiting, at: NIODeadline.now().uptimeNanoseconds, taken: queued)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let limits = book.limits
    let pause = TimeAmount.milliseconds(max(250, min(5000, min(limits.idleTimeout, limits.headerTimeout) * 250)))
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    ticks = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in bound.value.look() }
  }

  /// Holds the channel alive until then.
  func handlerRemoved(context: ChannelHandlerContext) {
    ticks?.cancel()
    self.context = nil
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    queued += Int64(Self.unwrapOutboundIn(data).readableBytes)
    context.write(data, promise: promise)
  }

  /// A channel that cannot tell is closed already.
  private var unsent: Int { (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

  private func look() {
    let unsent = unsent
    let isOver = clock.isOver(
      at: NIODeadline.now().uptimeNanoseconds, unsent: unsent, taken: queued - Int64(unsent), limits: book.limits)
    if isOver { context?.close(promise: nil) }
  }
}
