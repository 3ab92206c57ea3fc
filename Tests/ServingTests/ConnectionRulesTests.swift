import Glibc
import Testing

@testable import Serving

/// RFC 9112: when a connection goes on, and when it ends.
@Suite(.serialized) struct ConnectionRulesTests {
  private static let items = ["a": Array("first".utf8)]
  private static let target = "\(LiveServer.base)/a"

  /// §3.2: exactly one Host.
  @Test(arguments: [
    "GET /healthz HTTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n",
  ])
  func refusesMalformedRequests(request: String) async throws {
    try await LiveServer.run { live in
      let client = try RawClient(port: live.port)
      try client.send(request)
      #expect(try client.response().status == 400)
    }
  }

  /// §9.6: what comes behind the last request is dropped, and does not reset the answer away.
  @Test(arguments: ["HTTP/1.0\r\n", "HTTP/1.1\r\nHost: mirror\r\nConnection: close\r\n"])
  func answersNothingBehindTheLastRequest(version: String) async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      try client.send("GET \(Self.target) \(version)\r\n0\r\n\r\n" + RawClient.request("/healthz"))
      let response = try client.response()
      #expect(response.body == Self.items["a"])
      #expect(response.headers["connection"] == "close")
      #expect(client.isClosedByServer())
    }
  }

  /// §9.6: a client that sends all its content before it reads gets the refusal nevertheless, and no reset.
  @Test(arguments: ["Content-Length: 50000000", "Content-Length: 1048576\r\nExpect: 100-continue", "Content-Length: x"])
  func aRefusalReachesAClientThatStillSends(field: String) async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      try client.send(RawClient.request(Self.target, [field], method: "PUT"))
      for _ in 0..<64 { try client.send(String(repeating: "x", count: 1 << 16)) }
      let response = try client.response()
      #expect([400, 405, 413].contains(response.status))
      #expect(response.headers["connection"] == "close" && response.body.last == 0x0A)
      #expect(client.isClosedByServer())
    }
  }

  /// §9.3: HTTP/1.0 closes unless it is asked not to.
  @Test func keepsAnHTTP10ConnectionThatAsksForIt() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      for _ in 0..<2 {
        try client.send("GET \(Self.target) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let response = try client.response()
        #expect(response.body == Self.items["a"])
        #expect(response.headers["connection"] == "keep-alive")
      }
    }
  }

  @Test func aChunkedRequestIsTheLastOfItsConnection() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      try client.send(RawClient.request(Self.target, ["Transfer-Encoding: chunked"]) + "1\r\nx\r\n0\r\n\r\n")
      let response = try client.response()
      #expect(response.status == 200 && response.body == Self.items["a"])
      #expect(client.isClosedByServer())
    }
  }

  @Test func anAddressThatIsNotHereIsNamed() async throws {
    try await LiveServer.run { live in
      let address = ListenAddress(host: "192.0.2.1", port: 0)
      let server = TreeServer(
        publications: live.publications, blobs: live.blobs,
        options: .init(listen: [address], grace: 0, drain: 0, threads: 1, now: { 0 }), log: { _ in })
      await #expect(throws: ServingError.unknownAddress(address)) { _ = try await server.start() }
    }
  }

  /// No server of names is asked for one that cannot be: a label has 63 characters at most (RFC 1035 §2.3.4).
  @Test func aNameThatCannotBeResolvedIsSaidInWords() async throws {
    try await LiveServer.run { live in
      let address = ListenAddress(host: String(repeating: "a", count: 70), port: 0)
      let server = TreeServer(
        publications: live.publications, blobs: live.blobs,
        options: .init(listen: [address], grace: 0, drain: 0, threads: 1, now: { 0 }), log: { _ in })
      let error = await #expect(throws: ServingError.self) { _ = try await server.start() }
      let text = "\(try #require(error))"
      #expect(text.hasPrefix("cannot listen on \(address): ") && !text.contains("Error"), "\(text)")
    }
  }
}
