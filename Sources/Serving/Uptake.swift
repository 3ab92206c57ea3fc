import NIOCore

/// How much of what a connection sends the other side has. A socket's buffer takes megabytes from us at once and gives them
/// to a slow client over minutes: what the system took says little about the client, and of a client that goes away what
/// lay there never arrived. Lives on the connection's event loop.
final class Uptake {
  /// What the end of a connection adds to what is not acknowledged yet: a FIN counts as a byte, and close_notify has some.
  static let closing: Int64 = 64

  /// Bytes that were handed over since the connection began.
  private(set) var queued: Int64 = 0
  /// Of those, what waits for its share of a limited bandwidth.
  private var held: Int64 = 0
  /// What the other side had when the connection, or the other's half of it, was about to end. `nil` before that, and
  /// where the end came unannounced.
  private(set) var last: Int64?
  private var channel: (any Channel)?
  private var socket: PlainSocket?
  private var copy: PlainSocket.Copy?

  func start(_ context: ChannelHandlerContext) { (channel, socket) = (context.channel, PlainSocket(context)) }
  func stop() { (channel, socket, copy) = (nil, nil, nil) }

  func queue(_ count: Int) { queued += Int64(count) }
  func hold(_ count: Int) { held += Int64(count) }
  func letGo(_ count: Int) { held -= Int64(count) }

  /// What waits in the event loop for the system to take it.
  var unsent: Int {
    // A channel that cannot tell is closed already.
    (try? channel?.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
  }

  /// Since the connection began, as far as the other side's system has acknowledged it: a system call. `nil` where the
  /// connection is closed.
  var taken: Int64? {
    guard let channel, channel.isActive else { return nil }
    return max(0, queued - held - Int64(unsent) - Int64(socket?.unacknowledged ?? 0))
  }

  /// Once the connection is closed nobody can tell any more.
  func note() { last = taken ?? last }

  /// Behind our half of a close NIO closes the connection with the other half, and tells of it afterwards: from here on it can
  /// be asked nevertheless.
  func keepSocket() { copy = copy ?? socket.flatMap { PlainSocket.Copy($0) } }

  /// When the connection is closed.
  func end() {
    if let copy { last = max(0, queued - held - Int64(copy.socket.unacknowledged)) }
    copy = nil
  }
}
