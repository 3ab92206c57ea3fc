import NIOCore
import NIOHTTP1
import Simplestreams

/// Carries out the answers on one connection, one after the other. Lives on the connection's event loop.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let responder: @Sendable () -> Responder
  private let opener: BlobOpener
  private let watch: ConnectionWatch
  private let now: @Sendable () -> Int64
  private let log: @Sendable (String) -> Void
  private var head: HTTPRequestHead?
  private var contentCount = 0
  /// Answers that were begun and have not ended: two for a moment, when the next pipelined request comes at once.
  private var sending = 0
  /// Whether the answer that closes the connection was begun; what comes behind its request is not answered.
  private var isClosing = false
  private var isInputClosed = false

  init(
    responder: @escaping @Sendable () -> Responder, opener: BlobOpener, watch: ConnectionWatch,
    now: @escaping @Sendable () -> Int64, log: @escaping @Sendable (String) -> Void
  ) {
    self.responder = responder
    self.opener = opener
    self.watch = watch
    self.now = now
    self.log = log
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isClosing { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      contentCount = 0
      watch.begin(.rest)
      // RFC 9110 §10.1.1: the final answer instead of “100 Continue”. Whether the content comes nevertheless nobody
      // knows, so that the connection ends with it.
      if ConnectionRules.expectsContinue(head) { answer(head, keepAlive: false, in: context) }
    case .body(let bytes):
      contentCount += bytes.readableBytes
      if contentCount > RequestFraming.limit { refuse(.tooMuchContent, in: context) }
    case .end:
      guard let head else { return }
      answer(head, keepAlive: ConnectionRules.isKeptAlive(head), in: context)
    }
  }

  private func answer(_ head: HTTPRequestHead, keepAlive: Bool, in context: ChannelHandlerContext) {
    let headers = head.headers
    let request = Request(method: head.method.rawValue, target: head.uri) { name in
      // §5.3 of RFC 9110: several lines are one list.
      let values = headers[name]
      return values.isEmpty ? nil : values.joined(separator: ", ")
    }
    send(responder().answer(request), to: head, keepAlive: keepAlive, in: context)
  }

  /// Where a refused request ends is not known, so that nothing behind it is read as a request.
  private func refuse(_ refusal: Refusal, in context: ChannelHandlerContext) {
    let head = head ?? HTTPRequestHead(version: .http1_1, method: .GET, uri: "")
    send(refusal.answer, to: head, keepAlive: false, in: context)
  }

  private func send(
    _ answer: Answer, to request: HTTPRequestHead, keepAlive: Bool, in context: ChannelHandlerContext
  ) {
    head = nil
    sending += 1
    isClosing = !keepAlive
    watch.begin(.reader)
    guard let (digest, size, pieces) = answer.blob else {
      return send(answer, nil, to: request, keepAlive: keepAlive, in: context)
    }
    if let content = opener.find(digest, size: size) {
      return send(answer, BlobTransfer(content, pieces), to: request, keepAlive: keepAlive, in: context)
    }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    opener.load(digest, size: size, on: context.eventLoop).whenComplete { result in
      let (handler, context) = bound.value
      switch result {
      case .success(let content):
        handler.send(answer, BlobTransfer(content, pieces), to: request, keepAlive: keepAlive, in: context)
      case .failure(let error):
        handler.log("\(request.uri): \(error)")
        let answer = Answer.text(
          500, "this file is damaged on the server, whose log says more; “maas-mirror sync” mends it")
        handler.send(answer, nil, to: request, keepAlive: keepAlive, in: context)
      }
    }
  }

  private func send(
    _ answer: Answer, _ transfer: BlobTransfer?, to request: HTTPRequestHead, keepAlive: Bool,
    in context: ChannelHandlerContext
  ) {
    let head = ResponseHead.of(answer, to: request, keepAlive: keepAlive, date: now())
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    guard request.method != .HEAD else { return finish(keepAlive, in: context) }
    if let transfer { return run(transfer, named: request.uri, keepAlive: keepAlive, in: context) }
    if case .bytes(let bytes) = answer.body {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
    }
    finish(keepAlive, in: context)
  }

  private func run(
    _ transfer: BlobTransfer, named name: String, keepAlive: Bool, in context: ChannelHandlerContext
  ) {
    transfer.start(in: context) { failure in
      guard let failure else { return self.finish(keepAlive, in: context) }
      if !BlobTransfer.isDeparture(failure) { self.log("\(name): \(failure)") }
      // The announced length cannot be kept any more; only a cut connection says so.
      context.close(promise: nil)
    }
  }

  private func finish(_ keepAlive: Bool, in context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenSuccess {
      let (handler, context) = bound.value
      handler.ended(keepAlive, in: context)
    }
  }

  private func ended(_ keepAlive: Bool, in context: ChannelHandlerContext) {
    sending -= 1
    if isInputClosed, sending == 0 {
      context.close(promise: nil)
    } else if keepAlive {
      if sending == 0, head == nil { watch.begin(.request) }
    } else {
      // Half a close: what still comes is read and dropped, so that no reset destroys what was sent (RFC 9112 §9.6).
      watch.begin(.farewell)
      context.close(mode: .output, promise: nil)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent {
      // A client may close its side once it has asked, and still wait for the response.
      isInputClosed = true
      if sending == 0 { context.close(promise: nil) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if isClosing { return }
    guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
    refuse(watch.refusal ?? Refusal(error), in: context)
  }
}
