import Glibc
import NIOCore
import NIOPosix
import Storage

/// Sends parts of a file, and bytes between them, piece by piece and in turns with the other transfers of its event loop. A
/// plain connection gets them by `sendfile`, an encrypted one as bytes. Owns the descriptor until the last piece is out or the
/// client is gone.
final class BlobTransfer {
  struct Shrunk: Error, CustomStringConvertible {
    var path: String
    var size: Int64

    var description: String { "\(path) shrank to \(size) bytes while it was sent; “maas-mirror verify” looks at it" }
  }

  /// Who follows the transfer. All is called on the event loop.
  struct Progress {
    /// For what is handed over to be sent.
    var queued: (Int) -> Void
    /// For what was taken.
    var sent: (Int64) -> Void
    /// Once; `nil` when everything was taken.
    var done: (_ failure: (any Error)?) -> Void
  }

  /// What the system is given at once.
  private static let piece: Int64 = 256 << 10
  /// What waits for room in a full socket. Where it is taken there is room for more: the kernel tells of room only when that is
  /// a third of the buffer.
  static let foothold: Int64 = 16 << 10
  /// How much of what comes next is looked for in memory at once.
  private static let ahead: Int64 = 2 << 20
  /// What is in memory at a time for each encrypted connection: with what TLS adds, one record and one buffer of 16 KiB.
  static let securePiece: Int64 = 16 << 10 - 64
  /// What an encrypted connection is sent before the next one, if its socket has room.
  static let secureTurn: Int64 = 128 << 10

  private let file: OpenFile
  private let writer: AnswerWriter
  private let progress: Progress
  private var proof: BlobProofs.Proof
  private var rest: ArraySlice<Answer.Piece>
  /// What is left of the range under way.
  private var range: Range<Int64> = 0..<0
  /// Bytes that were handed over behind the last range, and not heard of since.
  private var between: Int64 = 0
  /// Whether all that was handed over is in the socket, so that the next piece may go straight there.
  private var isCaughtUp: Bool
  /// What of the file was found in memory.
  private var warm: Range<Int64> = 0..<0
  /// Sent since the others had their turn.
  private var turn: Int64 = 0

  private var context: ChannelHandlerContext { writer.context }

  /// - Parameter isCaughtUp: whether the head is in the socket.
  init(
    _ file: OpenFile, _ pieces: [Answer.Piece], proof: BlobProofs.Proof, through writer: AnswerWriter, isCaughtUp: Bool,
    _ progress: Progress
  ) {
    self.file = file
    self.proof = proof
    self.writer = writer
    self.isCaughtUp = isCaughtUp
    self.progress = progress
    rest = pieces[...]
  }

  /// Begins, and goes on after each piece.
  func start() { writer.turns.next({ self.goOn() }, on: context.eventLoop) }

  private func goOn() {
    while range.isEmpty, let next = rest.popFirst() {
      switch next {
      case .bytes(let bytes):
        between += Int64(bytes.count)
        isCaughtUp = false
        progress.queued(bytes.count)
        context.write(NIOAny(IOData.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
      case .range(let next): range = next
      }
    }
    if range.isEmpty { return end() }
    let piece = prefix(writer.isSecure ? Self.securePiece : isCaughtUp ? Self.piece : Self.foothold)
    if piece.upperBound == range.upperBound, !rest.contains(where: \.isRange) {
      switch proof {
      case .good: break
      case .damaged(let damage): return progress.done(damage)
      case .underWay(let verdict): return wait(for: verdict)
      }
    }
    fetch(piece)
  }

  private func prefix(_ count: Int64) -> Range<Int64> {
    range.lowerBound..<min(range.lowerBound + count, range.upperBound)
  }

  /// No client gets the end of a file that is not what its name says: what is cut off nobody takes for good.
  private func wait(for verdict: EventLoopFuture<DamagedBlob?>) {
    context.flush()
    verdict.assumeIsolated().whenSuccess { damage in
      self.proof = damage.map { .damaged($0) } ?? .good
      self.start()
    }
  }

  private func end() {
    if between == 0 { return progress.done(nil) }
    // Behind what was written without a promise of its own.
    queue(.byteBuffer(ByteBuffer())) { self.progress.done(nil) }
  }

  private func fetch(_ piece: Range<Int64>) {
    if warm.contains(piece) { return send(piece) }
    warm = prefix(writer.isSecure ? Self.secureTurn : Self.ahead)
    if PageCache.holds(warm, of: file.descriptor) { return send(piece) }
    // The head is not kept back by a disk that takes its time.
    context.flush()
    PageCache.readers.runIfActive(eventLoop: context.eventLoop) { [file, warm] in
      PageCache.fetch(warm, of: file.descriptor)
    }.assumeIsolated().whenComplete { _ in
      self.send(piece)
    }
  }

  private func send(_ piece: Range<Int64>) {
    do {
      // Behind the end of a file that shrank, `sendfile` gives nothing, for ever.
      let size = try file.size()
      if size < piece.upperBound { throw Shrunk(path: file.path, size: size) }
      guard isCaughtUp, let count = try writer.send(piece, of: file) else { return try queue(piece) }
      progress.queued(count)
      took(count)
      if count == piece.count { return proceed() }
      isCaughtUp = false
      try queue(prefix(min(Self.foothold, piece.upperBound - range.lowerBound)))
    } catch {
      progress.done(error)
    }
  }

  private func took(_ count: Int) {
    range = (range.lowerBound + Int64(count))..<range.upperBound
    turn += Int64(count)
    writer.turns.spend(count)
    progress.sent(Int64(count))
  }

  private func proceed() {
    if turn < (writer.isSecure ? Self.secureTurn : writer.turns.share) { return goOn() }
    turn = 0
    start()
  }

  private func queue(_ piece: Range<Int64>) throws {
    progress.queued(piece.count)
    let (data, handle) = try data(piece)
    var isTaken = false
    queue(data) {
      isTaken = true
      self.isCaughtUp = true
      self.took(piece.count)
      self.proceed()
    } always: {
      // It fails only for a handle that was emptied before, which nobody else does.
      _ = try? handle?.takeDescriptorOwnership()
    }
    // By the time that the client goes on, the kernel may have let go of it.
    if !isTaken { warm = 0..<0 }
  }

  private func queue(_ data: IOData, then next: @escaping () -> Void, always: @escaping () -> Void = {}) {
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { result in
      always()
      switch result {
      case .success:
        self.progress.sent(self.between)
        self.between = 0
        next()
      case .failure(let error): self.progress.done(error)
      }
    }
    context.writeAndFlush(NIOAny(data), promise: promise)
  }

  /// Returns the handle that borrows the descriptor, which `file` closes. NIO wants every handle emptied before it goes.
  private func data(_ piece: Range<Int64>) throws(StorageError) -> (IOData, NIOFileHandle?) {
    if writer.isSecure { return (.byteBuffer(try read(piece, context.channel.allocator)), nil) }
    let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
    let region = FileRegion(fileHandle: handle, readerIndex: Int(piece.lowerBound), endIndex: Int(piece.upperBound))
    return (.fileRegion(region), handle)
  }

  private func read(_ range: Range<Int64>, _ allocator: ByteBufferAllocator) throws(StorageError) -> ByteBuffer {
    var bytes = allocator.buffer(capacity: range.count)
    var failure: StorageError?
    bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: range.count) { buffer in
      do throws(StorageError) {
        let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.count])
        return try file.read(at: range.lowerBound, into: wanted)
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// A client that goes away in the middle is everyday life, and no line in the log.
  static func isDeparture(_ error: any Error) -> Bool {
    if error is ChannelError { return true }
    guard let error = error as? IOError else { return false }
    return [EPIPE, ECONNRESET, ENOTCONN, EBADF].contains(error.errnoCode)
  }
}
