import NIOCore
import NIOHTTP1

/// Stands before the handler that answers, on a connection that is one too many from its address. A document is told
/// to come later; an item is not begun, because regions take an error in place of a file as final, and retry a
/// connection that closes. Lives on the connection's event loop.
final class AddressLimit: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  enum Verdict { case answer, later, close }

  private let isStillOver: () -> Bool
  private let verdict: (String) -> Verdict
  private let watch: ConnectionWatch
  private var isRefused = false

  init(watch: ConnectionWatch, isStillOver: @escaping () -> Bool, verdict: @escaping (_ target: String) -> Verdict) {
    self.watch = watch
    self.isStillOver = isStillOver
    self.verdict = verdict
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isRefused { return }
    guard case .head(let head) = Self.unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    switch isStillOver() ? verdict(head.uri) : .answer {
    case .answer:
      context.fireChannelRead(data)
    case .close:
      isRefused = true
      context.close(promise: nil)
    case .later:
      isRefused = true
      refuse(head, in: context)
    }
  }

  private func refuse(_ request: HTTPRequestHead, in context: ChannelHandlerContext) {
    let text = "too many connections from this address; try again in a moment\n"
    let headers: HTTPHeaders = [
      "Retry-After": "10", "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store",
      "Content-Length": "\(text.utf8.count)", "Connection": "close",
    ]
    let head = HTTPResponseHead(version: .http1_1, status: .serviceUnavailable, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if request.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
    }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenSuccess {
      let (handler, context) = bound.value
      handler.watch.begin(.farewell)
      context.close(mode: .output, promise: nil)
    }
  }
}

extension AddressLimit.Verdict {
  /// Whoever watches over the server is answered in any case.
  init(target: String, view: TreeView) {
    guard case .path(let path, let isFolder) = RequestTarget(target) else {
      self = .later
      return
    }
    if ["healthz", "readyz", "metrics"].contains(path) {
      self = .answer
    } else {
      self = !isFolder && view.entries[PathKey.of(path)]?.isDocument == false ? .close : .later
    }
  }
}
