import Glibc
import NIOCore

/// The socket below a connection: for what fits into it at once, past the pipeline's queue of writes, and for what it knows.
///
/// Good for as long as the channel is active: behind that the system may have given the descriptor to another connection.
struct PlainSocket {
  private let descriptor: CInt

  /// `nil` for a channel that has none.
  init?(_ context: ChannelHandlerContext) {
    // It fails only for a channel that is closed.
    let found = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) { $0 }
    guard let found else { return nil }
    descriptor = found
  }

  fileprivate init(_ descriptor: CInt) { self.descriptor = descriptor }

  /// Bytes that the system took and the other side has not acknowledged; 0 where it does not say.
  var unacknowledged: Int {
    var count: CInt = 0
    // SIOCOUTQ of tcp(7), by its other name.
    return ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
  }

  /// - Returns: how many bytes the system took.
  func send(_ bytes: OutgoingBytes) throws(IOError) -> Int {
    let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
    while true {
      let count = bytes.withParts { parts in
        var message = msghdr()
        message.msg_iov = parts.baseAddress
        message.msg_iovlen = parts.count
        return sendmsg(descriptor, &message, flags)
      }
      if count >= 0 { return count }
      if errno == EAGAIN { return 0 }
      if errno != EINTR { throw IOError(errnoCode: errno, reason: "sendmsg") }
    }
  }
}

extension PlainSocket {
  /// A descriptor of its own for a socket, whose connection can be asked about when its channel is closed.
  final class Copy {
    let socket: PlainSocket

    /// `nil` where the system has none left.
    init?(_ original: PlainSocket) {
      let descriptor = fcntl(original.descriptor, F_DUPFD_CLOEXEC, 0)
      if descriptor < 0 { return nil }
      socket = PlainSocket(descriptor)
    }

    deinit { close(socket.descriptor) }
  }

  /// - Returns: how many bytes the system took.
  func send(_ range: Range<Int64>, of file: CInt) throws(IOError) -> Int {
    var position = off_t(range.lowerBound)
    while true {
      let count = sendfile(descriptor, file, &position, range.count)
      if count >= 0 { return count }
      if errno == EAGAIN { return 0 }
      if errno != EINTR { throw IOError(errnoCode: errno, reason: "sendfile") }
    }
  }
}

extension OutgoingBytes {
  fileprivate func withParts(_ send: (UnsafeMutableBufferPointer<iovec>) -> Int) -> Int {
    opening.withUnsafeBytes { opening in
      lines.withUnsafeBytes { lines in
        guard let body else { return Self.send(opening, lines, UnsafeRawBufferPointer(start: nil, count: 0), send) }
        return body.withUnsafeReadableBytes { Self.send(opening, lines, $0, send) }
      }
    }
  }

  private static func send(
    _ opening: UnsafeRawBufferPointer, _ lines: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer,
    _ send: (UnsafeMutableBufferPointer<iovec>) -> Int
  ) -> Int {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: 3) { parts in
      for (index, part) in [opening, lines, body].enumerated() {
        // Only read from: the type serves receiving as well.
        parts.initializeElement(
          at: index, to: iovec(iov_base: UnsafeMutableRawPointer(mutating: part.baseAddress), iov_len: part.count))
      }
      return send(parts)
    }
  }
}
