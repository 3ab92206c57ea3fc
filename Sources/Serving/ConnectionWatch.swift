import NIOCore

/// Closes a connection whose time is over. Lives on the connection's event loop; both of its handlers report here.
final class ConnectionWatch: ChannelInboundHandler {
  typealias InboundIn = Any

  private var clock = ConnectionClock(at: NIODeadline.now().uptimeNanoseconds)
  private var ticks: RepeatedTask?

  func firstByte() { clock.firstByte(at: NIODeadline.now().uptimeNanoseconds) }
  func begin(_ waiting: ConnectionClock.Waiting) { clock.begin(waiting, at: NIODeadline.now().uptimeNanoseconds) }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    ticks = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(5), delay: .seconds(5)) { _ in
      let (watch, context) = bound.value
      watch.look(context)
    }
  }

  /// Holds the channel alive until then.
  func handlerRemoved(context: ChannelHandlerContext) { ticks?.cancel() }

  private func look(_ context: ChannelHandlerContext) {
    // A channel that cannot tell is closed already.
    let unsent = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    if clock.isOver(at: NIODeadline.now().uptimeNanoseconds, unsent: unsent) { context.close(promise: nil) }
  }

  /// Why the last request of the connection was refused, from the handler that saw it to the one that answers.
  var refusal: Refusal?
}
