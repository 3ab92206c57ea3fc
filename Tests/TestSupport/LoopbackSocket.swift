import Foundation
import Glibc
import Synchronization

/// A bare connection on loopback, for clients that say what they like.
package enum LoopbackSocket {
  /// - Parameters:
  ///   - patience: seconds; no answer within them fails the test instead of hanging it.
  ///   - window: the receive buffer, to hold a transfer back.
  /// - Returns: the descriptor, which the caller closes.
  package static func connect(port: Int, patience: Int, window: Int32? = nil) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    if var window { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size)) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    let code = withAddress(address) { Glibc.connect(descriptor, $0, $1) }
    if code != 0 {
      let reason = POSIXErrorCode(rawValue: errno) ?? .ECONNREFUSED
      close(descriptor)
      throw POSIXError(reason)
    }
    return descriptor
  }

  /// A port that no other test of this process is given, that nobody has now, and that no client's connection gets by chance:
  /// Linux takes those from 32768 up, unless told otherwise. Another process of tests begins elsewhere, which is all that keeps
  /// the two apart.
  package static func freePort() -> Int {
    for _ in 0..<ports.count {
      let number = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      // Processes at the same time begin far from each other.
      let port = ports.lowerBound + (Int(getpid()) * 97 + number) % ports.count
      if isFree(port) { return port }
    }
    preconditionFailure("all ports are taken")
  }

  private static let ports = 20000..<32000
  private static let taken = Atomic<Int>(0)

  private static func isFree(_ port: Int) -> Bool {
    // Both families at once, where there are both.
    let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port).bigEndian
      return canBind(descriptor, to: address)
    }
    var both: Int32 = 0
    setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &both, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = in_port_t(port).bigEndian
    return canBind(descriptor, to: address)
  }

  /// Closes the descriptor.
  private static func canBind(_ descriptor: Int32, to address: some Any) -> Bool {
    defer { close(descriptor) }
    // As servers have it: what ended lately is no hindrance.
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    return withAddress(address) { bind(descriptor, $0, $1) } == 0
  }

  private static func withAddress<Address>(
    _ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Address>.size)) }
    }
  }
}
