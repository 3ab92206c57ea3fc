import NIOCore

/// Accepts no more connections than may be: those above wait in the kernel's backlog, where they cost nothing and lose
/// nothing. Lives on the event loop of a listening socket.
final class ConnectionGate: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias OutboundIn = Never

  private static let batch = 16

  private let connections: OpenConnections
  private var context: ChannelHandlerContext?
  /// How many the listening socket is asked for at once.
  private var batch = 1

  init(connections: OpenConnections) { self.connections = connections }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func read(context: ChannelHandlerContext) {
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let loop = context.eventLoop
    let hasRoom = connections.hasRoom {
      loop.execute {
        let gate = bound.value
        if let context = gate.context { gate.read(context: context) }
      }
    }
    guard hasRoom else { return }
    ask(for: connections.isNearlyFull ? 1 : Self.batch, in: context)
    context.read()
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
    connections.add(Self.unwrapInboundIn(data))
    context.fireChannelRead(data)
  }
}
