import Glibc
import NIOCore
import NIOPosix
import Storage

/// Sends parts of a file, and bytes between them, piece by piece: the next is queued when the one before is taken, so that
/// one client cannot hold an event loop for itself. A plain connection gets them by `sendfile`, an encrypted one as bytes.
/// Owns the descriptor until the last piece is out or the client is gone.
final class BlobTransfer {
  struct Shrunk: Error, CustomStringConvertible {
    var path: String
    var size: Int64

    var description: String { "\(path) shrank to \(size) bytes while it was sent; “maas-mirror verify” looks at it" }
  }

  /// What one client is sent before the others of its event loop have their turn. For a gigabyte to 64 clients, CPU seconds:
  /// 0.156 with 512 KiB, 0.145 with 2 MiB, 0.128 with 4 MiB; the others wait the longer.
  static let piece: Int64 = 2 << 20
  /// What is in memory at a time for each encrypted connection: with what TLS adds, one record and one buffer of 16 KiB.
  static let securePiece: Int64 = 16 << 10 - 64
  /// What an encrypted connection sends before the others of its event loop have their turn, if its socket has room.
  static let secureTurn: Int64 = 128 << 10

  private let file: OpenFile
  private let isSecure: Bool
  private var proof: BlobProofs.Proof
  private var rest: ArraySlice<Answer.Piece>
  /// What of the file was found in memory.
  private var warm: Range<Int64> = 0..<0
  /// Sent since the others had their turn.
  private var turn: Int64 = 0

  init(_ file: OpenFile, _ pieces: [Answer.Piece], isSecure: Bool, proof: BlobProofs.Proof) {
    self.file = file
    self.proof = proof
    self.isSecure = isSecure
    rest = pieces[...]
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

  /// Begins, and goes on after each piece.
  func start(in context: ChannelHandlerContext, _ progress: Progress) {
    var inBetween: Int64 = 0
    while let next = rest.popFirst() {
      switch next {
      case .bytes(let bytes):
        inBetween += Int64(bytes.count)
        progress.queued(bytes.count)
        context.write(NIOAny(IOData.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
      case .range(let range):
        if range.isEmpty { continue }
        let end = min(range.lowerBound + (isSecure ? Self.securePiece : Self.piece), range.upperBound)
        progress.sent(inBetween)
        if end < range.upperBound {
          rest.insert(.range(end..<range.upperBound), at: rest.startIndex)
        } else if !rest.contains(where: \.isRange) {
          switch proof {
          case .good: break
          case .damaged(let damage): return progress.done(damage)
          case .underWay(let verdict):
            rest.insert(next, at: rest.startIndex)
            return wait(for: verdict, in: context, progress)
          }
        }
        let ahead = min(range.lowerBound + (isSecure ? Self.secureTurn : Self.piece), range.upperBound)
        return fetch(range.lowerBound..<end, ahead: range.lowerBound..<ahead, in: context, progress)
      }
    }
    end(inBetween, in: context, progress)
  }

  /// No client gets the end of a file that is not what its name says: what is cut off nobody takes for good.
  private func wait(
    for verdict: EventLoopFuture<DamagedBlob?>, in context: ChannelHandlerContext, _ progress: Progress
  ) {
    context.flush()
    verdict.assumeIsolated().whenSuccess { damage in
      self.proof = damage.map { .damaged($0) } ?? .good
      self.start(in: context, progress)
    }
  }

  private func end(_ count: Int64, in context: ChannelHandlerContext, _ progress: Progress) {
    if count == 0 { return progress.done(nil) }
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { result in
      switch result {
      case .success:
        progress.sent(count)
        progress.done(nil)
      case .failure(let error): progress.done(error)
      }
    }
    // Behind what was written without a promise of its own.
    context.writeAndFlush(NIOAny(IOData.byteBuffer(ByteBuffer())), promise: promise)
  }

  private func fetch(
    _ range: Range<Int64>, ahead: Range<Int64>, in context: ChannelHandlerContext, _ progress: Progress
  ) {
    if warm.contains(range) { return send(range, in: context, progress) }
    warm = ahead
    if PageCache.holds(ahead, of: file.descriptor) { return send(range, in: context, progress) }
    // The head is not kept back by a disk that takes its time.
    context.flush()
    PageCache.readers.runIfActive(eventLoop: context.eventLoop) { [file] in
      PageCache.fetch(ahead, of: file.descriptor)
    }.assumeIsolated().whenComplete { _ in
      self.send(range, in: context, progress)
    }
  }

  private func send(_ range: Range<Int64>, in context: ChannelHandlerContext, _ progress: Progress) {
    do throws(StorageError) {
      // Behind the end of a file that shrank, `sendfile` gives nothing, for ever.
      let size = try file.size()
      if size < range.upperBound { return progress.done(Shrunk(path: file.path, size: size)) }
      let promise = context.eventLoop.makePromise(of: Void.self)
      let handle = try write(range, promise: promise, in: context)
      var isTaken = false
      promise.futureResult.assumeIsolated().whenComplete { result in
        isTaken = true
        // It fails only for a handle that was emptied before, which nobody else does.
        _ = try? handle?.takeDescriptorOwnership()
        switch result {
        case .success:
          progress.sent(Int64(range.count))
          self.goOn(behind: range, in: context, progress)
        case .failure(let error): progress.done(error)
        }
      }
      progress.queued(range.count)
      context.flush()
      // By the time that the client goes on, the kernel may have let go of it.
      if !isTaken { warm = 0..<0 }
    } catch {
      progress.done(error)
    }
  }

  /// The others of this event loop have their turn in between: a socket with room would take piece after piece.
  private func goOn(behind range: Range<Int64>, in context: ChannelHandlerContext, _ progress: Progress) {
    turn += Int64(range.count)
    if isSecure, turn < Self.secureTurn { return start(in: context, progress) }
    turn = 0
    context.eventLoop.assumeIsolated().execute { self.start(in: context, progress) }
  }

  /// Returns the handle that borrows the descriptor, which `file` closes. NIO wants every handle emptied before it goes.
  private func write(
    _ range: Range<Int64>, promise: EventLoopPromise<Void>, in context: ChannelHandlerContext
  ) throws(StorageError) -> NIOFileHandle? {
    if isSecure {
      context.write(NIOAny(IOData.byteBuffer(try read(range, context.channel.allocator))), promise: promise)
      return nil
    }
    let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
    let region = FileRegion(fileHandle: handle, readerIndex: Int(range.lowerBound), endIndex: Int(range.upperBound))
    context.write(NIOAny(IOData.fileRegion(region)), promise: promise)
    return handle
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
