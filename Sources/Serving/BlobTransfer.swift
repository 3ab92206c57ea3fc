import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage

/// Sends a range of a file by `sendfile`, piece by piece: the next is queued when the one before is taken, so that one
/// client cannot hold an event loop for itself. Owns the descriptor until the last piece is out or the client is gone.
final class BlobTransfer {
  struct Shrunk: Error {
    var path: String
    var size: Int64
  }

  /// On loopback, an event loop turn sends at most 16 of these.
  static let piece: Int64 = 1 << 20

  private let file: OpenFile
  private var rest: Range<Int64>

  init(_ file: OpenFile, _ range: Range<Int64>) {
    self.file = file
    rest = range
  }

  /// - Parameter done: called once, on the event loop; `nil` when everything was taken.
  func start(in context: ChannelHandlerContext, done: @escaping (_ failure: (any Error)?) -> Void) {
    guard !rest.isEmpty else { return done(nil) }
    let end = min(rest.lowerBound + Self.piece, rest.upperBound)
    do throws(StorageError) {
      // Behind the end of a file that shrank, `sendfile` gives nothing, for ever.
      let size = try file.size()
      if size < rest.upperBound { return done(Shrunk(path: file.path, size: size)) }
    } catch {
      return done(error)
    }
    // The handle borrows the descriptor, which `file` closes. NIO wants every handle emptied before it goes.
    let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
    let region = FileRegion(fileHandle: handle, readerIndex: Int(rest.lowerBound), endIndex: Int(end))
    rest = end..<rest.upperBound
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
