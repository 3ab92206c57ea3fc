import Testing

@testable import Serving

/// MAAS 3.5 and 3.6 send `0\r\n\r\n` behind a GET that announced no body.
@Suite(.serialized) struct StrayBytesTests {
  private static let items = ["a": Array("first".utf8), "b": Array("second one".utf8)]
  private static let first = RawClient.request("\(LiveServer.base)/a")
  private static let second = RawClient.request("\(LiveServer.base)/b")
  private static let stray = "0\r\n\r\n"

  private func expectBoth(_ client: RawClient) throws {
    #expect(try client.response().body == Self.items["a"])
    #expect(try client.response().body == Self.items["b"])
  }

  @Test func harmNeitherOfTwoRequestsInOnePacket() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      try client.send(Self.first + Self.stray + Self.second + Self.stray)
      try expectBoth(client)
    }
  }

  /// As MAAS does it: the stray bytes go out with the first request, the second follows its answer.
  @Test func harmNotTheRequestThatFollowsTheAnswer() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      for _ in 0..<5 {
        try client.send(Self.first + Self.stray)
        #expect(try client.response().body == Self.items["a"])
        try client.send(Self.second + Self.stray)
        #expect(try client.response().body == Self.items["b"])
      }
    }
  }

  @Test func areKnownHoweverTheyAreCutUp() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      for character in (Self.first + Self.stray + Self.second).unicodeScalars { try client.send("\(character)") }
      try expectBoth(client)
    }
  }

  @Test func requestsWithoutThemStayWhole() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      try client.send(Self.first + Self.second)
      try expectBoth(client)
    }
  }

  /// Something else that begins like them is not swallowed: it is refused as the bad request it is.
  @Test(arguments: ["0\r\n\r", "0\r\nX", "1\r\n\r\n", "0 / HTTP/1.1\r\n"])
  func onlyExactlyTheFiveBytesAreSwallowed(other: String) async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      try client.send(Self.first + other + Self.second)
      #expect(try client.response().body == Self.items["a"])
      #expect(try client.response().status == 400)
    }
  }
}
