import NIOCore

/// Takes the stray bytes of MAAS 3.5 and 3.6 out before the HTTP parser sees them, and tells the connection's watch
/// when a request begins.
final class StrayBytesFilter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let watch: ConnectionWatch
  private var stray = StrayBytes()

  init(watch: ConnectionWatch) { self.watch = watch }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let left = stray.filter(unwrapInboundIn(data).readableBytesView)
    if stray.isInHead { watch.firstByte() }
    if !left.isEmpty { context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: left))) }
  }
}
