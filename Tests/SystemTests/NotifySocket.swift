import Foundation
import Glibc

/// The end of sd_notify's socket that a service manager holds.
final class NotifySocket: Sendable {
  private let socket: Int32

  struct CannotBind: Error { var code: Int32 }

  /// - Parameter name: a path, or an abstract name that begins with “@”.
  init(_ name: String) throws {
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (bytes.first == 0 ? 0 : 1))
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) }
    }
    guard code == 0 else { throw CannotBind(code: errno) }
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(socket) }

  /// The next state that is told, as its lines; empty when none comes.
  func next() -> [String] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(socket, &buffer, buffer.count, 0)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The next that begins with `line`, of the next ten.
  func next(_ line: String) -> [String]? {
    for _ in 0..<10 {
      let state = next()
      if state.first == line { return state }
      if state.isEmpty { return nil }
    }
    return nil
  }
}
