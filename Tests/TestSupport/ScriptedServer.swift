import Foundation
import Glibc
import Synchronization

package import Transfer

/// An HTTP server on loopback that says exactly what a script tells it to, right or wrong, byte for byte.
package final class ScriptedServer: Sendable {
  package struct Request: Hashable, Sendable {
    package var method: String
    package var target: String
    /// By lower-case name.
    package var headers: [String: String]
  }

  package enum Step: Sendable {
    case send(String)
    case bytes([UInt8])
    /// Sends the text again and again, for as long as someone reads.
    case endless(String)
    /// Sends the text again and again with a pause before each, for as long as someone reads.
    case drip(String, milliseconds: UInt32)
    /// Says nothing more until the client goes.
    case stall
    case close
    /// Not the end of a stream but its loss: RST.
    case reset
  }

  /// What to answer to a request; `attempt` counts the requests for the same target from 1.
  package typealias Script = @Sendable (_ request: Request, _ attempt: Int) -> [Step]

  package let port: Int
  private let state: State

  package init(_ script: @escaping Script) throws {
    let listener = try Self.listen()
    port = try Self.port(of: listener)
    state = State(listener: listener, script: script)
    Thread.detachNewThread { [state] in state.acceptAll() }
  }

  deinit { state.stop() }

  package var requests: [Request] { state.log.withLock { $0.requests } }
  package var connections: Int { state.log.withLock { $0.connections } }

  package func url(_ path: String, host: String = "127.0.0.1", credentials: String = "") throws -> RemoteURL {
    try RemoteURL("http://\(credentials)\(host):\(port)\(path)")
  }

  /// A port of loopback on which nobody listens.
  package static func deadPort() throws -> Int {
    let listener = try listen()
    defer { close(listener) }
    return try port(of: listener)
  }

  private static func listen() throws -> Int32 {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard isBound == 0, Glibc.listen(listener, 128) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    return listener
  }

  private static func port(of listener: Int32) throws -> Int {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    guard isKnown == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
