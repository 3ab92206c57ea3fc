import NIOCore
import NIOHTTP1
import NIOPosix
import Simplestreams
import Storage

/// Carries out the answers on one connection. Lives on the connection's event loop.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// A piece is flushed before the next is queued, so that one client cannot hold an event loop for itself.
  private static let piece: Int64 = 1 << 20

  private let responder: @Sendable () -> Responder
  private let blobs: any BlobStore
  private let now: @Sendable () -> Int64
  private let log: @Sendable (String) -> Void
  private var head: HTTPRequestHead?

  init(
    responder: @escaping @Sendable () -> Responder, blobs: any BlobStore, now: @escaping @Sendable () -> Int64,
    log: @escaping @Sendable (String) -> Void
  ) {
    self.responder = responder
    self.blobs = blobs
    self.now = now
    self.log = log
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body: break
    case .end:
      guard let head else { return }
      self.head = nil
      let headers = head.headers
      let request = Request(method: head.method.rawValue, target: head.uri) { name in
        let values = headers[name]
        return values.isEmpty ? nil : values.joined(separator: ", ")
      }
      send(responder().answer(request), to: head, in: context)
    }
  }

  private func send(_ answer: Answer, to request: HTTPRequestHead, in context: ChannelHandlerContext) {
    var answer = answer
    var file: OpenFile?
    if case .blob(let digest, let size, let range) = answer.body, request.method == .GET, !range.isEmpty {
      do {
        let opened = try blobs.open(digest)
        let found = try opened.size()
        guard found == size else { throw StorageError.wrongSize(digest, expected: size, found: found) }
        file = opened
      } catch {
        log("\(request.uri): \(error)")
        answer = .text(500, "the file is damaged on this server; its log says more")
      }
    }
    let keepAlive = request.isKeepAlive
    context.write(wrapOutboundOut(.head(head(of: answer, to: request, keepAlive: keepAlive))), promise: nil)
    if request.method == .HEAD {
      finish(keepAlive, in: context)
      return
    }
    switch answer.body {
    case .none: finish(keepAlive, in: context)
    case .bytes(let bytes):
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
      finish(keepAlive, in: context)
    case .blob(_, _, let range):
      guard let file else { return finish(keepAlive, in: context) }
      sendPieces(of: file, range, keepAlive: keepAlive, in: context)
    }
  }

  private func head(of answer: Answer, to request: HTTPRequestHead, keepAlive: Bool) -> HTTPResponseHead {
    var headers = HTTPHeaders()
    headers.add(name: "Date", value: HTTPDate.text(now()))
    headers.add(name: "Server", value: "maas-mirror")
    for (name, value) in answer.headers { headers.add(name: name, value: value) }
    if answer.status != 304 { headers.add(name: "Content-Length", value: "\(answer.length)") }
    if !keepAlive {
      headers.add(name: "Connection", value: "close")
    } else if request.version != .http1_1 {
      headers.add(name: "Connection", value: "keep-alive")
    }
    return HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
  }

  private func sendPieces(
    of file: OpenFile, _ range: Range<Int64>, keepAlive: Bool, in context: ChannelHandlerContext
  ) {
    guard !range.isEmpty else { return finish(keepAlive, in: context) }
    let end = min(range.lowerBound + Self.piece, range.upperBound)
    // The handle borrows the descriptor, which `file` owns and closes when the last piece is out.
    let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
    let region = FileRegion(fileHandle: handle, readerIndex: Int(range.lowerBound), endIndex: Int(end))
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.body(.fileRegion(region)))).whenComplete { [log] result in
      // Taken back in every case: the descriptor is not the handle's to close.
      _ = try? handle.takeDescriptorOwnership()
      _ = file
      let (handler, context) = bound.value
      switch result {
      case .success:
        handler.sendPieces(of: file, end..<range.upperBound, keepAlive: keepAlive, in: context)
      case .failure(let error):
        if !(error is ChannelError), (error as? IOError)?.errnoCode != EPIPE,
          (error as? IOError)?.errnoCode != ECONNRESET
        {
          log("\(file.path): \(error)")
        }
        context.close(promise: nil)
      }
    }
  }

  private func finish(_ keepAlive: Bool, in context: ChannelHandlerContext) {
    let done = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !keepAlive {
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      done.whenComplete { _ in bound.value.close(promise: nil) }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Nothing came for too long: the client is gone, or holds the connection for nothing.
    if let idle = event as? IdleStateHandler.IdleStateEvent, idle == .all { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
