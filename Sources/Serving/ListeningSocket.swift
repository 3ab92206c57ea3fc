import Glibc
import NIOCore

/// The socket that a door listens on, for what changes while it is open. Good for as long as its channel is.
struct ListeningSocket {
  private let descriptor: CInt

  /// On the event loop of the channel; `nil` for one that is closed.
  init?(_ channel: any Channel) {
    let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) { $0 }
    guard let found else { return nil }
    descriptor = found
  }

  /// For one that is to have a port which another has: both must ask for it.
  static let sharedPort = ChannelOptions.Types.SocketOption(
    level: .socket, name: NIOBSDSocket.Option(rawValue: SO_REUSEPORT))

  /// Whether another socket of this user that asks for it may have the port as well.
  func sharePort(_ isShared: Bool) { set(SO_REUSEPORT, to: CInt(isShared ? 1 : 0)) }

  /// From now on whoever knocks hears nothing, and comes again after a second (RFC 6298 §2.1) to the one who listens then.
  /// What began before goes on: connections, handshakes, and those who wait to be accepted.
  func turnAway() {
    // For a packet without its IP header: without SYN among the flags of RFC 9293 §3.1 it passes.
    let program = [
      BPFInstruction(code: 0x30, k: 13), BPFInstruction(code: 0x45, no: 1, k: 2), BPFInstruction(code: 0x06, k: 0),
      BPFInstruction(code: 0x06, k: .max),
    ]
    program.withUnsafeBufferPointer {
      set(SO_ATTACH_FILTER, to: BPFProgram(length: UInt16($0.count), instructions: $0.baseAddress))
    }
  }

  /// Whether somebody waits to be accepted.
  var hasWaiting: Bool {
    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&state, 1, 0) > 0
  }

  /// A kernel that refuses leaves a socket that works as before.
  private func set<Value>(_ option: CInt, to value: Value) {
    _ = withUnsafePointer(to: value) {
      setsockopt(descriptor, SOL_SOCKET, option, $0, socklen_t(MemoryLayout<Value>.size))
    }
  }
}

/// `sock_filter` of <linux/filter.h>, which Swift's Glibc module does not show.
private struct BPFInstruction {
  var code: UInt16
  /// Instructions to skip where a condition holds, and where it does not.
  var yes: UInt8 = 0
  var no: UInt8 = 0
  var k: UInt32
}

/// `sock_fprog`.
private struct BPFProgram {
  var length: UInt16
  var instructions: UnsafePointer<BPFInstruction>?
}
