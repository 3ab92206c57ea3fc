import NIOCore
import Simplestreams
import Storage

/// What becomes of a request: its answer is chosen, sent and told.
extension ConnectionHandler {
  func answer(_ request: Request, in context: ChannelHandlerContext) {
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

  func carryOut(_ answer: Answer, in context: ChannelHandlerContext) {
    phase = .answering
    if let start = exchange?.start { watch.begin(.reader, at: start) }
    guard let (digest, size, _) = answer.blob else { return send(answer, nil, in: context) }
    let isDocument = answer.isOnePartOfADocument
    let kept =
      answer.form?.bytes.map { BlobContent.bytes($0) }
      ?? service.opener.find(digest, size: size, isDocument: isDocument)
    if let kept { return send(answer, kept, in: context) }
    let loading = service.opener.load(digest, size: size, isDocument: isDocument, on: context.eventLoop)
    loading.assumeIsolated().whenComplete { result in
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
    let (exchange, request) = (exchange, exchange?.request)
    var bytes = service.head(of: answer, to: request, isLast: isLast)
    exchange?.begin(answer, bodyStart: watch.uptake.queued + Int64(bytes.headCount))
    if request?.method != .head {
      if case .file(let file)? = content, let blob = answer.blob {
        exchange?.isLarge = true
        let proof = service.opener.proof(of: blob.digest, file, on: context.eventLoop)
        return send(bytes, file, blob.pieces, proof, in: context)
      }
      if case .bytes(let page) = answer.body { bytes.body = ByteBuffer(bytes: page) }
      if let blob = content?.inMemory { bytes.body = answer.body(from: blob) }
      if case .document? = content { exchange?.isLarge = true }
    }
    let size = Int64(bytes.body?.readableBytes ?? 0)
    guard let writer else { return }
    // What fits into memory goes out at once: the head and the body in one packet, if they are small.
    switch writer.writeNow(bytes) {
    case .success(let sent) where sent == bytes.count: wrote(size, of: exchange, nil, in: context)
    case .success(let sent):
      writer.write(bytes, behind: sent) { error in
        // A document counts on its shelf for as long as somebody is being sent it.
        withExtendedLifetime(content) {}
        self.wrote(size, of: exchange, error, in: context)
      }
    case .failure(let error): wrote(size, of: exchange, error, in: context)
    }
  }

  private func wrote(
    _ size: Int64, of exchange: OpenExchange?, _ error: (any Error)?, in context: ChannelHandlerContext
  ) {
    let time = NIODeadline.now()
    if error == nil {
      exchange?.tookFirstByte(at: time)
      exchange?.sent += size
    }
    ended(error, at: time, in: context)
  }

  private func send(
    _ head: OutgoingBytes, _ file: OpenFile, _ pieces: [Answer.Piece], _ proof: BlobProofs.Proof,
    in context: ChannelHandlerContext
  ) {
    guard let writer else { return }
    var isHeadOut = false
    writer.write(head) { error in
      // A head that cannot be sent is told of by the transfer, whose turn comes behind it.
      if error == nil { self.exchange?.tookFirstByte(at: .now()) }
      isHeadOut = error == nil
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
    BlobTransfer(file, pieces, proof: proof, through: writer, isCaughtUp: isHeadOut && !isSecure, progress).start()
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
      leave(at: time, in: context)
    } else {
      phase = .reading
      watch.begin(.request, at: time)
      pause(false, context)
      proceed(in: context)
      // A client may close its side once it has asked, and still wait for its answers.
      if isInputClosed, phase == .reading { leave(at: time, in: context) }
    }
  }

  /// After the last answer.
  func leave(at time: NIODeadline, in context: ChannelHandlerContext) {
    phase = .leaving
    unread = nil
    pause(false, context)
    watch.begin(.farewell, at: time)
    let isWaiting = deliveries.finish()
    if !isInputClosed {
      // Half a close: what still comes is read and dropped, so that no reset destroys what was sent (RFC 9112 §9.6).
      context.close(mode: .output, promise: nil)
    } else if isWaiting {
      // With both halves closed the socket would be gone, and nobody could tell whether what is on its way was taken.
      watch.hurry()
    } else {
      context.close(promise: nil)
    }
  }

  func tell(isComplete: Bool, at time: NIODeadline) {
    guard let exchange = exchange.take() else { return }
    if !isComplete { exchange.end(at: watch.uptake.last) }
    let second = service.end(exchange, isComplete: isComplete, at: time)
    deliveries.add(exchange, isComplete: isComplete, time: second)
  }
}

extension Answer {
  /// Several parts would be put together anew for each client, and one that is slow would hold them.
  fileprivate var isOnePartOfADocument: Bool {
    guard case .blob = body else { return false }
    return file?.isDocument ?? false
  }
}
