import NIOCore
import Storage

/// Puts what is in memory on a connection: straight into its socket as far as that takes it, and through the pipeline from
/// there on. Lives on the connection's event loop, as long as its handler does.
final class AnswerWriter {
  let context: ChannelHandlerContext
  let isSecure: Bool
  let turns: LoopTurns
  private let channel: any Channel
  private let uptake: Uptake
  private let limits: LimitBook
  /// `nil` with TLS.
  private let socket: PlainSocket?
  /// What TLS adds to a record, at most.
  private static let recordOverhead = 64

  init(_ context: ChannelHandlerContext, isSecure: Bool, turns: LoopTurns, uptake: Uptake, limits: LimitBook) {
    self.context = context
    channel = context.channel
    self.turns = turns
    self.uptake = uptake
    self.limits = limits
    self.isSecure = isSecure
    socket = isSecure ? nil : PlainSocket(context)
  }

  /// `nil` where everything has to go through the pipeline.
  private var openSocket: PlainSocket? { !limits.isPacing && channel.isActive ? socket : nil }

  /// - Returns: how much of a piece of a file the system took; `nil` where it has to go through the pipeline.
  func send(_ piece: Range<Int64>, of file: OpenFile) throws(IOError) -> Int? {
    try openSocket?.send(piece, of: file.descriptor)
  }

  func write(_ bytes: OutgoingBytes, done: @escaping ((any Error)?) -> Void) {
    switch writeNow(bytes) {
    case .success(let sent):
      if sent == bytes.count { done(nil) } else { write(bytes, behind: sent, done: done) }
    case .failure(let error): done(error)
    }
  }

  /// What goes out at once, as nearly all answers do whole.
  /// - Returns: how many bytes; the rest is to be written behind them.
  func writeNow(_ bytes: OutgoingBytes) -> Result<Int, IOError> {
    if isSecure { return .success(0) }
    uptake.queue(bytes.count)
    // Nothing is queued before an answer, so that this one cannot overtake any.
    guard let socket = openSocket else { return .success(0) }
    do throws(IOError) {
      return .success(try socket.send(bytes))
    } catch {
      return .failure(error)
    }
  }

  func write(_ bytes: OutgoingBytes, behind sent: Int, done: @escaping ((any Error)?) -> Void) {
    if isSecure { return writeInPieces(bytes, done) }
    let (head, body) = bytes.rest(behind: sent)
    queue([head, body].compactMap(\.self), done)
  }

  /// Encrypted bytes are a copy: a client that takes nothing holds one record of a document, and not all of it.
  private func writeInPieces(_ bytes: OutgoingBytes, _ done: @escaping ((any Error)?) -> Void) {
    let (head, body) = bytes.rest(behind: 0)
    var rest = body ?? ByteBuffer()
    // Together no more than that, else the buffer of ciphertext would grow, and stay so.
    let first = Self.piece(of: &rest, besides: head.readableBytes)
    uptake.queue(head.readableBytes + first.readableBytes)
    queue([head, first]) { error in self.goOn(with: rest, error, turn: first.readableBytes, done) }
  }

  /// - Parameter turn: bytes since the others of this event loop had theirs.
  private func goOn(with rest: ByteBuffer, _ error: (any Error)?, turn: Int, _ done: @escaping ((any Error)?) -> Void) {
    if error != nil || rest.readableBytes == 0 { return done(error) }
    if turn >= BlobTransfer.secureTurn {
      turns.spend(turn)
      return turns.next({ self.goOn(with: rest, nil, turn: 0, done) }, on: context.eventLoop)
    }
    var rest = rest
    let piece = Self.piece(of: &rest)
    uptake.queue(piece.readableBytes)
    queue([piece]) { [rest] error in self.goOn(with: rest, error, turn: turn + piece.readableBytes, done) }
  }

  private static func piece(of rest: inout ByteBuffer, besides count: Int = 0) -> ByteBuffer {
    let room = max(0, Int(BlobTransfer.securePiece) - (count > 0 ? count + recordOverhead : 0))
    return rest.readSlice(length: min(rest.readableBytes, room)) ?? ByteBuffer()
  }

  private func queue(_ parts: [ByteBuffer], _ done: @escaping ((any Error)?) -> Void) {
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { result in
      if case .failure(let error) = result { done(error) } else { done(nil) }
    }
    for (index, part) in parts.enumerated() {
      context.write(NIOAny(IOData.byteBuffer(part)), promise: index == parts.count - 1 ? promise : nil)
    }
    context.flush()
  }
}
