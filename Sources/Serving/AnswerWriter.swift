import NIOCore

/// Puts what is in memory on a connection: straight into its socket as far as that takes it, and through the pipeline from
/// there on. Lives on the connection's event loop, as long as its handler does.
struct AnswerWriter {
  private let context: ChannelHandlerContext
  private let uptake: Uptake
  private let limits: LimitBook
  /// `nil` with TLS.
  private let socket: PlainSocket?

  init(_ context: ChannelHandlerContext, isSecure: Bool, uptake: Uptake, limits: LimitBook) {
    self.context = context
    self.uptake = uptake
    self.limits = limits
    socket = isSecure ? nil : PlainSocket(context)
  }

  func write(_ bytes: OutgoingBytes, done: @escaping ((any Error)?) -> Void) {
    uptake.queue(bytes.count)
    var sent = 0
    // Nothing is queued before an answer, so that this one cannot overtake any.
    if let socket, !limits.isPacing, context.channel.isActive {
      do throws(IOError) {
        sent = try socket.send(bytes)
      } catch {
        return done(error)
      }
      if sent == bytes.count { return done(nil) }
    }
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { result in
      if case .failure(let error) = result { done(error) } else { done(nil) }
    }
    let (head, body) = bytes.rest(behind: sent)
    context.write(NIOAny(IOData.byteBuffer(head)), promise: body == nil ? promise : nil)
    if let body { context.write(NIOAny(IOData.byteBuffer(body)), promise: promise) }
    context.flush()
  }
}
