import Glibc
import NIOCore
import NIOPosix

/// The turns that the large transfers of one event loop take. Between two of them the loop looks at its sockets, so that who
/// asks for a head or a small file waits for what is sent in one turn, and not for everybody's.
///
/// NIO runs the tasks of a loop, and all that these add, before it looks: a task puts nothing off. A byte through a pipe does,
/// which is read when the sockets are.
///
/// `@unchecked Sendable`: it is made for one event loop, and touched on that loop alone.
final class LoopTurns: @unchecked Sendable {
  /// What is sent in one turn where somebody asked lately: a quarter of a millisecond or so.
  static let least = 1 << 20
  /// What is sent in one turn where nobody did. The less often a receiver is woken, the less everybody's bytes cost.
  static let most = 8 << 20
  /// After as many turns without a request it is quiet.
  static let patience = 64

  private var waiting = CircularBuffer<() -> Void>()
  private var spent = 0
  private var quietTurns = 0
  private var isTaking = false
  private var isRung = false
  /// The end that is written to; `nil` before it is there.
  private var bell: CInt?

  deinit { if let bell { close(bell) } }

  /// Has the end of each turn heard by `loop`. Without it a turn ends like any task.
  func listen(on loop: any EventLoop) async throws {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw IOError(errnoCode: errno, reason: "pipe") }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    let (reading, writing) = (ends[0], ends[1])
    do {
      _ = try await NIOPipeBootstrap(group: loop)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Bell(self)) }
        }
        .takingOwnershipOfDescriptor(input: reading).get()
    } catch {
      for end in ends { close(end) }
      throw error
    }
    try await loop.submit { self.bell = writing }.get()
  }

  /// Has a transfer go on as soon as its turn comes: at once, if there is room in this one. It hands over one piece, says how
  /// much that was, and comes again.
  func next(_ goOn: @escaping () -> Void, on loop: any EventLoop) {
    waiting.append(goOn)
    take(on: loop)
  }

  private var budget: Int { quietTurns < Self.patience ? Self.least : Self.most }

  /// What a transfer sends before the next one has its turn.
  var share: Int64 { Int64(budget) / 4 }

  /// For every request.
  func attend() { quietTurns = 0 }

  func spend(_ count: Int) { spent += count }

  private func take(on loop: any EventLoop) {
    if isTaking { return }
    isTaking = true
    while spent < budget, let goOn = waiting.popFirst() { goOn() }
    isTaking = false
    if waiting.isEmpty || isRung { return }
    isRung = true
    var byte: UInt8 = 0
    // There is room for it: no second byte is written before the first was read.
    if let bell, write(bell, &byte, 1) == 1 { return }
    loop.assumeIsolated().execute { self.heard(on: loop) }
  }

  fileprivate func heard(on loop: any EventLoop) {
    (isRung, spent) = (false, 0)
    if quietTurns < Self.patience { quietTurns += 1 }
    take(on: loop)
  }

  private final class Bell: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let turns: LoopTurns

    init(_ turns: LoopTurns) { self.turns = turns }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { turns.heard(on: context.eventLoop) }
  }
}
