import NIOCore

/// Accepts no more connections than may be: those above wait in the kernel's backlog, where they cost nothing and lose
/// nothing. Lives on the event loop of a listening socket.
final class ConnectionGate: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias OutboundIn = Never

  private let connections: OpenConnections
  private var context: ChannelHandlerContext?

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
    if hasRoom { context.read() }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    connections.add(Self.unwrapInboundIn(data))
    context.fireChannelRead(data)
  }
}
