import NIOCore

/// Accepts no more connections than may be: those above wait in the kernel's backlog, where they cost nothing and lose
/// nothing. Lives on the event loop of a listening socket.
final class ConnectionGate: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel
  typealias OutboundIn = Never

  private static let batch = 16

  private let connections: OpenConnections
  private var context: ChannelHandlerContext?
  /// How many the listening socket is asked for at once.
  private var batch = 1
  /// Accepted where another door took the last room at the same moment.
  private var held = CircularBuffer<any Channel>()
  /// Whether there was no room, and nobody has said that there is some.
  private var isFull = false

  init(connections: OpenConnections) { self.connections = connections }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    for channel in held { channel.close(promise: nil) }
  }

  func read(context: ChannelHandlerContext) {
    if isFull { return }
    if connections.hasRoom(else: retry(on: context.eventLoop)) {
      ask(for: connections.isNearlyFull ? 1 : Self.batch, in: context)
      context.read()
    } else {
      isFull = true
    }
  }

  private func retry(on loop: any EventLoop) -> @Sendable () -> Void {
    let bound = NIOLoopBound(self, eventLoop: loop)
    return {
      loop.execute {
        let gate = bound.value
        gate.isFull = false
        guard let context = gate.context else { return }
        gate.letIn(context)
        gate.read(context: context)
      }
    }
  }

  /// Between two batches the loop looks at its other sockets: one by one, a thousand that come at once would wait for a thousand
  /// such looks.
  private func ask(for count: Int, in context: ChannelHandlerContext) {
    if batch == count { return }
    batch = count
    // It fails only on a socket that is closed.
    try? context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: UInt(count))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    held.append(Self.unwrapInboundIn(data))
    letIn(context)
  }

  private func letIn(_ context: ChannelHandlerContext) {
    while !isFull, let channel = held.first {
      guard connections.add(channel, else: retry(on: context.eventLoop)) else {
        isFull = true
        return
      }
      held.removeFirst()
      context.fireChannelRead(Self.wrapInboundOut(channel))
    }
  }
}
