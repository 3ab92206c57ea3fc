import Foundation
import Glibc
import TestSupport
import Testing

@testable import Serving

/// A reload that leaves an address resets nobody who came through it, also not who still waits to be accepted.
@Suite(.serialized) struct LeftDoorTests {
  private static let port = LoopbackSocket.freePort()

  private func listens(on host: String) -> Bool {
    let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(probe) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(Self.port).bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return withUnsafeBytes(of: &address) {
      connect(probe, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) == 0
    }
  }

  @Test func whoWaitsToBeAcceptedIsAnswered() async throws {
    try await LiveServer.run { options in
      options.listen = [.init(host: "127.0.0.1", port: Self.port)]
      options.limits.connections = 1
    } _: { live in
      var first: RawClient? = try RawClient(port: Self.port)
      #expect(try first?.get("/healthz").status == 200)
      let waiting = try RawClient(port: Self.port)
      try waiting.send(RawClient.request("/healthz"))
      let server = live.server
      var options = ServerOptions(
        listen: [.init(host: "0.0.0.0", port: Self.port)], grace: 1000, drain: 20, now: { 1_780_000_000 })
      options.limits.connections = 1
      let reload = Task { [options] in try await server.apply(options) }
      // Only the new one is open there.
      #expect(try await live.waits { listens(on: "127.0.0.2") })
      first = nil
      #expect(try waiting.response().status == 200)
      #expect(try await reload.value == options.listen)
      for host in ["127.0.0.1", "127.0.0.2"] { #expect(listens(on: host)) }
    }
  }
}
