import NIOCore
import NIOSSL
import NIOTLS
import Simplestreams

/// Reads the requests of one connection and carries out their answers, one after the other. Lives on the connection's
/// event loop.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = IOData

  enum Phase {
    case reading
    case answering
    /// The answer after which the connection ends was sent; what still comes is dropped.
    case leaving
  }

  /// What is kept of requests that come while another is answered; the rest stays in the kernel.
  private static let aheadLimit = 4 << 10

  let service: LoopService
  let watch: ConnectionWatch
  let deliveries: PendingDeliveries
  let limit: AddressLimit?
  let isSecure: Bool
  private var visitor: Visitor
  var writer: AnswerWriter?
  private var reader: RequestReader
  var unread: ByteBuffer?
  var exchange: OpenExchange?
  var phase = Phase.reading
  /// Whether the answer under way, or the next, is the last.
  var isLast = false
  var isInputClosed = false
  var isQuiescing = false
  private var isPaused = false
  private var isProceeding = false

  init(
    service: LoopService, watch: ConnectionWatch, client: String, limit: AddressLimit? = nil,
    isSecure: Bool = false
  ) {
    self.service = service
    self.watch = watch
    deliveries = PendingDeliveries(book: service.book, uptake: watch.uptake)
    self.limit = limit
    visitor = Visitor(client: client)
    self.isSecure = isSecure
    reader = RequestReader(isSecure: isSecure)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    watch.start(context, onLook: deliveries.look) { self.timeIsOver(in: $0) }
    writer = AnswerWriter(
      context, isSecure: isSecure, turns: service.turns, uptake: watch.uptake, limits: service.limits)
    if isSecure { watch.begin(.rest, at: .now()) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    watch.stop()
    writer = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // RFC 9112 §9.6: what comes behind the last request is not answered.
    if isLast || phase == .leaving { return }
    var bytes = unwrapInboundIn(data)
    if unread == nil {
      unread = bytes
    } else {
      unread?.discardReadBytes()
      unread?.writeBuffer(&bytes)
    }
    proceed(in: context)
    guard let unread else { return }
    let isFarAhead = unread.readableBytes > Self.aheadLimit
    // Not in the buffer that it came in, if that is much larger: TLS would make another 32 KiB for the next record. Of a record
    // that is too much already the buffer is held by both: nothing comes until it is done with, and a copy would be a second one.
    if unread.readableBytes < unread.storageCapacity / 2, !(isSecure && isFarAhead) {
      self.unread = context.channel.allocator.buffer(bytes: unread.readableBytesView)
    }
    if phase == .answering, !isPaused, isFarAhead { pause(true, context) }
  }

  /// Goes on with what has come until an answer has to wait. Not a recursion: a client may send a thousand requests at
  /// once.
  func proceed(in context: ChannelHandlerContext) {
    if isProceeding { return }
    isProceeding = true
    defer { isProceeding = false }
    while phase == .reading, unread != nil, let event = reader.next(&unread!) {
      handle(event, in: context)
    }
    if isLast || unread?.readableBytes == 0 { unread = nil }
    if phase == .reading, reader.isInHead { watch.firstByte() }
  }

  private func handle(_ event: RequestReader.Event, in context: ChannelHandlerContext) {
    switch event {
    case .head(let request):
      visitor = visitor.sending(request)
      exchange = service.begin(request, from: visitor, at: .now())
      // RFC 9110 §10.1.1: the final answer instead of “100 Continue”. Whether the content comes nevertheless nobody
      // knows, so that the connection ends with it.
      if request.expectsContinue { isLast = true }
      if request.framing == .none || isLast { answer(request, in: context) } else { watch.begin(.rest, at: .now()) }
    case .end:
      if let request = exchange?.request { answer(request, in: context) }
    case .refused(let refusal):
      // Where a refused request ends is not known, so that nothing behind it is read as a request.
      isLast = true
      if exchange == nil {
        if let request = reader.refused { visitor = visitor.sending(request) }
        exchange = service.begin(reader.refused, from: visitor, at: .now())
      }
      carryOut(refusal.answer, in: context)
    }
  }

  /// A request that has begun is told that it was too slow. Who rests, stands still or shakes hands asked for nothing.
  private func timeIsOver(in context: ChannelHandlerContext) {
    beginBeforeItsHead()
    guard phase == .reading, exchange != nil else { return context.close(promise: nil) }
    handle(.refused(.tooSlow), in: context)
  }

  /// What has begun counts and is logged, also where its head never ends.
  private func beginBeforeItsHead() {
    guard phase == .reading, exchange == nil, reader.isInHead else { return }
    exchange = service.begin(nil, from: visitor, at: watch.waitingSince)
  }

  func pause(_ isPaused: Bool, _ context: ChannelHandlerContext) {
    if self.isPaused == isPaused { return }
    self.isPaused = isPaused
    // Fails only on a channel that is closed already.
    try? context.channel.syncOptions?.setOption(.autoRead, value: !isPaused)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent {
      isInputClosed = true
      // A client that is gone altogether may say no more than this.
      watch.uptake.note()
      if phase == .reading, exchange == nil, !reader.isInHead {
        leave(at: .now(), in: context)
      } else if phase != .answering {
        context.close(promise: nil)
      }
    } else if event is TLSUserEvent {
      // A handshake has the time that a request has; from here on the connection may rest.
      watch.begin(.request, at: .now())
    } else if event is ChannelShouldQuiesceEvent {
      isQuiescing = true
      watch.hurry()
      if phase == .reading, exchange == nil { context.close(promise: nil) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    beginBeforeItsHead()
    tell(isComplete: false, at: .now())
    deliveries.end()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // RFC 9112 §9.8: a client may end its side without close_notify. What it asked for came whole, and is answered as
    // without TLS; “inputClosed” follows. If it is gone altogether, a reset says so.
    if case .uncleanShutdown? = error as? NIOSSLError { return }
    context.close(promise: nil)
  }
}
