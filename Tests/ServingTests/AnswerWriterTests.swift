import NIOCore
import NIOEmbedded
import Testing

@testable import Serving

/// How an answer from memory goes out through TLS.
@Suite struct AnswerWriterTests {
  private static let body = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }

  /// Stands for a socket that takes nothing until it is told to.
  private final class FullSocket: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    private(set) var waiting: [(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      guard case .byteBuffer(let bytes) = Self.unwrapOutboundIn(data) else { return }
      waiting.append((bytes, promise))
    }

    /// - Returns: what waited.
    func take() -> [UInt8] {
      let taken = waiting
      waiting = []
      for write in taken { write.promise?.succeed() }
      return taken.flatMap { Array($0.bytes.readableBytesView) }
    }
  }

  private final class Writing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private(set) var writer: AnswerWriter?
    let uptake = Uptake()

    func handlerAdded(context: ChannelHandlerContext) {
      writer = AnswerWriter(
        context, isSecure: true, turns: LoopTurns(), uptake: uptake, limits: LimitBook(ServerLimits()))
    }
    func handlerRemoved(context: ChannelHandlerContext) { writer = nil }
  }

  /// Encrypting copies, so that a document which was written at once would be copied for each client.
  @Test func aClientThatTakesNothingHoldsOnePieceOfADocument() throws {
    let (socket, writing) = (FullSocket(), Writing())
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandlers(socket, writing)
    defer { _ = try? channel.finish() }
    var ends: [Bool] = []
    let answer = OutgoingBytes(
      opening: Array("HTTP/1.1 200 OK\r\n".utf8), lines: Array("\r\n".utf8), body: ByteBuffer(bytes: Self.body))
    writing.writer?.write(answer) { ends.append($0 == nil) }
    var received: [UInt8] = []
    for _ in 0..<1000 where !socket.waiting.isEmpty {
      #expect(socket.waiting.reduce(0) { $0 + $1.bytes.readableBytes } <= Int(BlobTransfer.securePiece) + 100)
      #expect(ends == [])
      received += socket.take()
      // What was handed over so far, and not what will be.
      #expect(writing.uptake.queued >= Int64(received.count))
      channel.embeddedEventLoop.run()
    }
    #expect(received == answer.opening + answer.lines + Self.body)
    #expect(ends == [true] && writing.uptake.queued == Int64(received.count))
  }
}
