import NIOCore
import NIOHTTP1

/// Lets nothing through to the HTTP parser that `RequestBytes` does not, and tells the connection's watch when a
/// request begins.
final class StrayBytesFilter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let watch: ConnectionWatch
  private var bytes = RequestBytes()

  init(watch: ConnectionWatch) { self.watch = watch }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if bytes.refusal != nil { return }
    let left = bytes.filter(unwrapInboundIn(data).readableBytesView)
    if bytes.isInHead { watch.firstByte() }
    if !left.isEmpty { context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: left))) }
    if let refusal = bytes.refusal {
      watch.refusal = refusal
      // NIO keeps this error, and no other, in its place behind the requests that are still to be answered.
      context.fireErrorCaught(HTTPParserError.unknown)
    }
  }
}
