import NIOCore

/// Swallows the five bytes `0\r\n\r\n` that MAAS 3.5 and 3.6 send after a GET that announced no body. Left alone, they
/// are taken for the start of the next request, which then fails with 400.
///
/// Watches only where one request head ends and the next begins. As soon as a request announces a body, it stands
/// aside for the rest of the connection.
final class StrayBytesFilter: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private enum State { case atStart, inHead, standingAside }
  private static let stray: [UInt8] = Array("0\r\n\r\n".utf8)
  private static let end: [UInt8] = Array("\r\n\r\n".utf8)
  private static let headLimit = 80 * 1024

  private var state = State.atStart
  /// Bytes that may become stray bytes, or the head so far.
  private var held: [UInt8] = []
  private var sawRequest = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    if state == .standingAside {
      context.fireChannelRead(data)
      return
    }
    var out = context.channel.allocator.buffer(capacity: buffer.readableBytes + held.count)
    while let byte = buffer.readInteger(as: UInt8.self) {
      step(byte, into: &out)
      if state == .standingAside {
        out.writeBuffer(&buffer)
        break
      }
    }
    if out.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(out)) }
  }

  private func step(_ byte: UInt8, into out: inout ByteBuffer) {
    switch state {
    case .standingAside: out.writeInteger(byte)
    case .atStart:
      held.append(byte)
      if sawRequest, Self.stray.starts(with: held) {
        if held.count == Self.stray.count { held = [] }
        return
      }
      out.writeBytes(held)
      state = .inHead
    case .inHead:
      held.append(byte)
      out.writeInteger(byte)
      if held.count > Self.headLimit {
        state = .standingAside
      } else if byte == 0x0A, held.suffix(4).elementsEqual(Self.end) {
        let head = String(decoding: held, as: UTF8.self).lowercased()
        let hasBody = head.contains("\r\ncontent-length:") || head.contains("\r\ntransfer-encoding:")
        state = hasBody ? .standingAside : .atStart
        sawRequest = true
        held = []
      }
    }
  }
}
