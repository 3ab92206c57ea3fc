import NIOCore
import NIOHTTP1
import Storage

/// Carries out the answers on one connection, one after the other. Lives on the connection's event loop.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// Nothing here takes a body; a longer one is not waited for.
  private static let bodyLimit = 1 << 20

  private let responder: @Sendable () -> Responder
  private let opener: BlobOpener
  private let watch: ConnectionWatch
  private let now: @Sendable () -> Int64
  private let log: @Sendable (String) -> Void
  private var head: HTTPRequestHead?
  private var bodyCount = 0
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
      bodyCount = 0
      watch.begin(.rest)
    case .body(let bytes):
      bodyCount += bytes.readableBytes
      if bodyCount > Self.bodyLimit { context.close(promise: nil) }
    case .end:
      guard let head else { return }
      self.head = nil
      send(answer(to: head), to: head, in: context)
    }
  }

  private func answer(to head: HTTPRequestHead) -> Answer {
    let headers = head.headers
    // RFC 9112 §3.2: without exactly one Host a request is malformed; HTTP/1.0 knows none.
    let hosts = headers["Host"].count
    if hosts > 1 || hosts == 0 && head.version.minor > 0 {
      return .text(400, "the request must have one Host header")
    }
    let request = Request(method: head.method.rawValue, target: head.uri) { name in
      // §5.3 of RFC 9110: several lines are one list.
      let values = headers[name]
      return values.isEmpty ? nil : values.joined(separator: ", ")
    }
    return responder().answer(request)
  }

  private func send(_ answer: Answer, to request: HTTPRequestHead, in context: ChannelHandlerContext) {
    sending += 1
    watch.begin(.reader)
    var answer = answer
    var transfer: BlobTransfer?
    if case .blob(let digest, let size, let range) = answer.body {
      do throws(StorageError) {
        let file = try opener.open(digest, size: size)
        transfer = BlobTransfer(file, range)
      } catch {
        log("\(request.uri): \(error)")
        answer = .text(500, "this file is damaged on the server, whose log says more; “maas-mirror sync” mends it")
      }
    }
    // A chunked request is the last on its connection: where its body ends is never a matter of opinion then.
    let keepAlive = request.isKeepAlive && !request.headers.contains(name: "Transfer-Encoding")
    isClosing = !keepAlive
    let head = ResponseHead.of(answer, to: request, keepAlive: keepAlive, date: now())
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    guard request.method != .HEAD else { return finish(keepAlive, in: context) }
    switch answer.body {
    case .bytes(let bytes):
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
      finish(keepAlive, in: context)
    case .none:
      finish(keepAlive, in: context)
    case .blob:
      run(transfer, named: request.uri, keepAlive: keepAlive, in: context)
    }
  }

  private func run(
    _ transfer: BlobTransfer?, named name: String, keepAlive: Bool, in context: ChannelHandlerContext
  ) {
    transfer?.start(in: context) { failure in
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

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
