import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage

/// Sends parts of a blob, and bytes between them. A file goes by `sendfile`, piece by piece: the next is queued when
/// the one before is taken, so that one client cannot hold an event loop for itself. Owns the descriptor until the last
/// piece is out or the client is gone.
final class BlobTransfer {
  struct Shrunk: Error {
    var path: String
    var size: Int64
  }

  /// On loopback, an event loop turn sends at most 16 of these.
  static let piece: Int64 = 1 << 20

  private let content: BlobContent
  private var rest: ArraySlice<Answer.Piece>

  init(_ content: BlobContent, _ pieces: [Answer.Piece]) {
    self.content = content
    rest = pieces[...]
  }

  /// - Parameter done: called once, on the event loop; `nil` when everything was taken.
  func start(in context: ChannelHandlerContext, done: @escaping (_ failure: (any Error)?) -> Void) {
    while let next = rest.popFirst() {
      switch (next, content) {
      case (.bytes(let bytes), _):
        write(ByteBuffer(bytes: bytes), in: context)
      case (.range(let range), .bytes(let bytes)):
        guard let slice = bytes.getSlice(at: Int(range.lowerBound), length: range.count) else {
          return done(Shrunk(path: "in memory", size: Int64(bytes.readableBytes)))
        }
        write(slice, in: context)
      case (.range(let range), .file(let file)):
        if range.isEmpty { continue }
        let end = min(range.lowerBound + Self.piece, range.upperBound)
        if end < range.upperBound { rest.insert(.range(end..<range.upperBound), at: rest.startIndex) }
        return fetch(range.lowerBound..<end, of: file, in: context, done: done)
      }
    }
    done(nil)
  }

  private func write(_ bytes: ByteBuffer, in context: ChannelHandlerContext) {
    context.write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(bytes))), promise: nil)
  }

  private func fetch(
    _ range: Range<Int64>, of file: OpenFile, in context: ChannelHandlerContext,
    done: @escaping ((any Error)?) -> Void
  ) {
    if PageCache.holds(range, of: file.descriptor) { return send(range, of: file, in: context, done: done) }
    let bound = NIOLoopBound((self, context, done), eventLoop: context.eventLoop)
    NIOThreadPool.singleton.runIfActive(eventLoop: context.eventLoop) {
      PageCache.fetch(range, of: file.descriptor)
    }.whenComplete { _ in
      let (transfer, context, done) = bound.value
      transfer.send(range, of: file, in: context, done: done)
    }
  }

  private func send(
    _ range: Range<Int64>, of file: OpenFile, in context: ChannelHandlerContext,
    done: @escaping ((any Error)?) -> Void
  ) {
    // Behind the end of a file that shrank, `sendfile` gives nothing, for ever.
    do throws(StorageError) {
      let size = try file.size()
      if size < range.upperBound { return done(Shrunk(path: file.path, size: size)) }
    } catch {
      return done(error)
    }
    // The handle borrows the descriptor, which `file` closes. NIO wants every handle emptied before it goes.
    let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
    let region = FileRegion(fileHandle: handle, readerIndex: Int(range.lowerBound), endIndex: Int(range.upperBound))
    let bound = NIOLoopBound((self, context, done), eventLoop: context.eventLoop)
    let part = HTTPServerResponsePart.body(.fileRegion(region))
    context.writeAndFlush(NIOAny(part)).whenComplete { result in
      // It fails only for a handle that was emptied before, which nobody else does.
      _ = try? handle.takeDescriptorOwnership()
      let (transfer, context, done) = bound.value
      switch result {
      case .success: transfer.start(in: context, done: done)
      case .failure(let error): done(error)
      }
    }
  }

  /// A client that goes away in the middle is everyday life, and no line in the log.
  static func isDeparture(_ error: any Error) -> Bool {
    if error is ChannelError { return true }
    guard let error = error as? IOError else { return false }
    return [EPIPE, ECONNRESET, ENOTCONN, EBADF].contains(error.errnoCode)
  }
}
