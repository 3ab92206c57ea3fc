import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import Serving

/// Who is sent something large, and who waits meanwhile.
@Suite struct LoopTurnsTests {
  /// Comes again until it has taken all its pieces, and writes its name at each.
  private static func take(_ count: Int, of turns: LoopTurns, on loop: any EventLoop, then note: @escaping () -> Void) {
    if count == 0 { return }
    turns.next(
      {
        note()
        turns.spend(LoopTurns.least / 4)
        take(count - 1, of: turns, on: loop, then: note)
      }, on: loop)
  }

  @Test func aTransferBeginsAtOnceAndEndsItsTurnAtTheBudget() {
    let (turns, loop) = (LoopTurns(), EmbeddedEventLoop())
    var taken = 0
    Self.take(6, of: turns, on: loop) { taken += 1 }
    #expect(taken == 4)
    loop.run()
    #expect(taken == 6)
  }

  @Test func transfersTakeTurnsInTheOrderInWhichTheyCame() {
    let (turns, loop) = (LoopTurns(), EmbeddedEventLoop())
    var order = ""
    turns.spend(LoopTurns.least)
    for name in "abc" { Self.take(3, of: turns, on: loop) { order.append(name) } }
    #expect(order == "")
    loop.run()
    #expect(order == "abcabcabc")
  }

  @Test func aTurnIsLongerWhereNobodyHasAskedForAWhile() {
    let (turns, loop) = (LoopTurns(), EmbeddedEventLoop())
    #expect(turns.share == 256 << 10)
    Self.take(4 * LoopTurns.patience, of: turns, on: loop) {}
    loop.run()
    #expect(turns.share == 256 << 10)
    Self.take(4, of: turns, on: loop) {}
    loop.run()
    #expect(turns.share == 2 << 20)
    turns.attend()
    #expect(turns.share == 256 << 10)
  }

  /// A task that adds a task is not enough: a loop runs them all before it looks.
  @Test func betweenTwoTurnsTheLoopLooksAtItsSockets() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let (loop, turns) = (group.next(), LoopTurns())
    try await turns.listen(on: loop)
    let (pieces, request) = (400, Request())
    try await request.listen(on: loop)
    try await loop.submit {
      Self.take(pieces, of: turns, on: loop) {
        request.piecesSent += 1
        if request.piecesSent == 1 { request.arrive() }
      }
    }.get()
    for _ in 0..<500 where try await loop.submit({ request.piecesSent < pieces || request.seenAfter == nil }).get() {
      try await Task.sleep(for: .milliseconds(10))
    }
    let (sent, seenAfter) = try await loop.submit { (request.piecesSent, request.seenAfter) }.get()
    #expect(sent == pieces)
    // What was sent in the turn under way, and in the one whose bell was rung with the request.
    #expect(try #require(seenAfter) <= 8)
    try await group.shutdownGracefully()
  }

  /// What somebody asks for while transfers are under way.
  private final class Request: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    var piecesSent = 0
    private(set) var seenAfter: Int?
    private var sender: CInt = -1

    deinit { close(sender) }

    func listen(on loop: any EventLoop) async throws {
      var ends: [CInt] = [-1, -1]
      try #require(pipe(&ends) == 0)
      sender = ends[1]
      _ = try await NIOPipeBootstrap(group: loop)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(self) }
        }
        .takingOwnershipOfDescriptor(input: ends[0]).get()
    }

    func arrive() { _ = write(sender, "?", 1) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { seenAfter = piecesSent }
  }
}
