import NIOCore
import NIOSSL
import NIOTLS
import Simplestreams

/// Reads the requests of one connection and carries out their answers, one after the other. Lives on the connection's
/// event loop.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = IOData

  private enum Phase {
    case reading
    case answering
    /// The answer after which the connection ends was sent; what still comes is dropped.
    case leaving
  }

  /// What is kept of requests that come while another is answered; the rest stays in the kernel.
  private static let aheadLimit = 4 << 10

  private let service: LoopService
  private let watch: ConnectionWatch
  private let deliveries: PendingDeliveries
  private let limit: AddressLimit?
  private let isSecure: Bool
  private var visitor: Visitor
  private var writer: AnswerWriter?
  private var reader = RequestReader()
  private var unread: ByteBuffer?
  private var exchange: OpenExchange?
  private var phase = Phase.reading
  /// Whether the answer under way, or the next, is the last.
  private var isLast = false
  private var isInputClosed = false
  private var isQuiescing = false
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
  }

  func handlerAdded(context: ChannelHandlerContext) {
    watch.start(context, onLook: deliveries.look) { self.timeIsOver(in: $0) }
    writer = AnswerWriter(context, isSecure: isSecure, uptake: watch.uptake, limits: service.limits)
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
    guard phase == .answering, let unread else { return }
    // Not in the buffer that it came in, which is larger.
    self.unread = context.channel.allocator.buffer(bytes: unread.readableBytesView)
    if !isPaused, unread.readableBytes > Self.aheadLimit { pause(true, context) }
  }

  /// Goes on with what has come until an answer has to wait. Not a recursion: a client may send a thousand requests at
  /// once.
  private func proceed(in context: ChannelHandlerContext) {
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
    case .head(var request):
      if isSecure { request.scheme = "https" }
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

  private func answer(_ request: Request, in context: ChannelHandlerContext) {
    if !request.isKeptAlive || isQuiescing { isLast = true }
    switch limit?.verdict(on: request) ?? .answer {
    case .answer:
      switch service.decide(request) {
      case .answer(let answer): carryOut(answer, in: context)
      case .readiness: answerReadiness(in: context)
      case .close: close(in: context)
      }
    case .later:
      isLast = true
      carryOut(AddressLimit.later, in: context)
    case .close: close(in: context)
    }
  }

  private func close(in context: ChannelHandlerContext) {
    isLast = true
    context.close(promise: nil)
  }

  private func answerReadiness(in context: ChannelHandlerContext) {
    phase = .answering
    // The client waits for us from here on, however long the disk takes.
    if let start = exchange?.start { watch.begin(.reader, at: start) }
    service.readiness(on: context.eventLoop).assumeIsolated().whenComplete { result in
      switch result {
      case .success(let answer): self.carryOut(answer, in: context)
      case .failure(let error): self.ended(error, at: .now(), in: context)
      }
    }
  }

  private func carryOut(_ answer: Answer, in context: ChannelHandlerContext) {
    phase = .answering
    if let start = exchange?.start { watch.begin(.reader, at: start) }
    guard let (digest, size, _) = answer.blob else { return send(answer, nil, in: context) }
    let kept = answer.form?.bytes.map { BlobContent.bytes($0) } ?? service.opener.find(digest, size: size)
    if let kept { return send(answer, kept, in: context) }
    service.opener.load(digest, size: size, on: context.eventLoop).assumeIsolated().whenComplete { result in
      switch result {
      case .success(let content):
        answer.form?.keep(content)
        self.send(answer, content, in: context)
      case .failure(let error):
        self.service.log("\(self.exchange?.request?.target ?? ""): \(error)")
        let answer = Answer.text(
          500, "this file is damaged on the server, whose log says more; “maas-mirror verify --repair” mends it")
        self.send(answer, nil, in: context)
      }
    }
  }

  private func send(_ answer: Answer, _ content: BlobContent?, in context: ChannelHandlerContext) {
    exchange?.status = answer.status
    exchange?.file = answer.file
    exchange?.body = answer.body
    let request = exchange?.request
    var bytes = service.head(of: answer, to: request, isLast: isLast)
    exchange?.bodyStart = watch.uptake.queued + Int64(bytes.headCount)
    if request?.method != .head {
      if case .file(let file)? = content, let blob = answer.blob {
        exchange?.isFromDisk = true
        let proof = service.opener.proof(of: blob.digest, file, on: context.eventLoop)
        return send(bytes, BlobTransfer(file, blob.pieces, isSecure: isSecure, proof: proof), in: context)
      }
      if case .bytes(let page) = answer.body { bytes.body = ByteBuffer(bytes: page) }
      if case .bytes(let blob)? = content { bytes.body = answer.body(from: blob) }
    }
    let size = Int64(bytes.body?.readableBytes ?? 0)
    // What fits into memory goes out at once: the head and the body in one packet, if they are small.
    writer?.write(bytes) { error in
      let time = NIODeadline.now()
      if error == nil {
        self.exchange?.tookFirstByte(at: time)
        self.exchange?.sent += size
      }
      self.ended(error, at: time, in: context)
    }
  }

  private func send(_ head: OutgoingBytes, _ transfer: BlobTransfer, in context: ChannelHandlerContext) {
    writer?.write(head) { error in
      // A head that cannot be sent is told of by the transfer, whose turn comes behind it.
      if error == nil { self.exchange?.tookFirstByte(at: .now()) }
    }
    let progress = BlobTransfer.Progress { count in
      self.watch.uptake.queue(count)
    } sent: { count in
      self.exchange?.sent += count
    } done: { failure in
      if let failure, !BlobTransfer.isDeparture(failure) {
        self.service.log("\(self.exchange?.request?.target ?? ""): \(failure)")
      }
      self.ended(failure, at: .now(), in: context)
    }
    transfer.start(in: context, progress)
  }

  private func ended(_ failure: (any Error)?, at time: NIODeadline, in context: ChannelHandlerContext) {
    // Where the end is ours, the socket is open still.
    if failure != nil { watch.uptake.note() }
    tell(isComplete: failure == nil, at: time)
    if failure != nil {
      // An announced length cannot be kept any more; only a cut connection says so.
      phase = .leaving
      context.close(promise: nil)
    } else if isLast || isQuiescing {
      // Half a close: what still comes is read and dropped, so that no reset destroys what was sent (RFC 9112 §9.6).
      phase = .leaving
      unread = nil
      pause(false, context)
      watch.begin(.farewell, at: time)
      if isInputClosed { context.close(promise: nil) } else { context.close(mode: .output, promise: nil) }
    } else {
      phase = .reading
      watch.begin(.request, at: time)
      pause(false, context)
      proceed(in: context)
      // A client may close its side once it has asked, and still wait for its answers.
      if isInputClosed, phase == .reading { context.close(promise: nil) }
    }
  }

  private func tell(isComplete: Bool, at time: NIODeadline) {
    guard var exchange else { return }
    self.exchange = nil
    if !isComplete { exchange.end(at: watch.uptake.last) }
    let second = service.end(exchange, isComplete: isComplete, at: time)
    deliveries.add(exchange, isComplete: isComplete, time: second)
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

  private func pause(_ isPaused: Bool, _ context: ChannelHandlerContext) {
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
      if phase != .answering { context.close(promise: nil) }
    } else if event is TLSUserEvent {
      // A handshake has the time that a request has; from here on the connection may rest.
      watch.begin(.request, at: .now())
    } else if event is ChannelShouldQuiesceEvent {
      isQuiescing = true
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
