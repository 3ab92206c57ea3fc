import Simplestreams
import Storage
import Testing

@testable import Serving

/// Over a real socket: RFC 9112.
@Suite(.serialized) struct ConnectionTests {
  private static let kernel = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
  private static let items = ["a": Array("first".utf8), "b": Array("second one".utf8), "kernel": kernel, "empty": []]
  private static let base = LiveServer.base

  @Test func sendsFilesOverOneConnection() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      #expect(try client.get("\(Self.base)/a").body == Array("first".utf8))
      #expect(try client.get("\(Self.base)/nothing").status == 404)
      #expect(try client.get("\(Self.base)/kernel").body == Self.kernel)
      #expect(try client.get("\(Self.base)/empty").headers["content-length"] == "0")
      #expect(try client.get("/keyring.gpg").body == Array("the public key".utf8))
      #expect(try client.get("/healthz").headers["date"] == "Thu, 28 May 2026 20:26:40 GMT")
      #expect(try client.get("/readyz").status == 200)
      #expect(live.log == [])
    }
  }

  @Test(arguments: [
    ("bytes=0-0", 0..<1), ("bytes=1048570-1048590", 1_048_570..<1_048_591), ("bytes=-7", 2_999_993..<3_000_000),
    ("bytes=500000-", 500_000..<3_000_000),
  ])
  func sendsTheBytesOfARange(header: String, range: Range<Int>) async throws {
    try await LiveServer.run(items: Self.items) { live in
      let response = try RawClient(port: live.port).get("\(Self.base)/kernel", ["Range: \(header)"])
      #expect(response.status == 206)
      #expect(response.headers["content-range"] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/3000000")
      #expect(response.body == Array(Self.kernel[range]))
    }
  }

  /// RFC 9110 §9.3.2: no body, and the length of what GET would send. A body would spoil the next answer.
  @Test func headSendsNoBody() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      let head = try client.get("\(Self.base)/kernel", method: "HEAD")
      #expect(head.status == 200)
      #expect(head.headers["content-length"] == "3000000")
      #expect(try client.get("\(Self.base)/nothing", method: "HEAD").status == 404)
      #expect(try client.get("\(Self.base)/a").body == Array("first".utf8))
    }
  }

  @Test func notModifiedSendsNoBody() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      let tag = try #require(try client.get("\(Self.base)/a").headers["etag"])
      let second = try client.get("\(Self.base)/a", ["If-None-Match: \(tag)"])
      #expect(second.status == 304)
      #expect(try client.get("\(Self.base)/b").body == Array("second one".utf8))
    }
  }

  /// RFC 9112 §9.3.2: answers come in the order of the requests.
  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await LiveServer.run(items: Self.items) { live in
      let client = try RawClient(port: live.port)
      let names = ["kernel", "a", "nothing", "b", "kernel", "empty", "a"]
      try client.send(names.map { RawClient.request("\(Self.base)/\($0)") }.joined())
      for name in names {
        let response = try client.response()
        #expect(response.status == (name == "nothing" ? 404 : 200))
        if name != "nothing" { #expect(response.body == Self.items[name]) }
      }
    }
  }

  /// RFC 9112 §9.6, and HTTP/1.0 (§9.3).
  @Test(arguments: ["GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /healthz HTTP/1.0\r\n\r\n"])
  func closesWhenTheClientAsksForIt(request: String) async throws {
    try await LiveServer.run { live in
      let client = try RawClient(port: live.port)
      try client.send(request)
      let response = try client.response()
      #expect(response.body == Array("ok\n".utf8))
      #expect(response.headers["connection"] == "close")
      #expect(client.isClosedByServer())
    }
  }

  @Test func refusesWhatIsNotHTTP() async throws {
    try await LiveServer.run { live in
      let client = try RawClient(port: live.port)
      try client.send("\u{16}\u{3}\u{1} hello\r\n\r\n")
      #expect(try client.response().status == 400)
      #expect(client.isClosedByServer())
      #expect(try RawClient(port: live.port).get("/healthz").status == 200)
    }
  }

  /// RFC 9112 §9.3: the body of a refused request is no request.
  @Test func theBodyOfARefusedRequestIsNotTakenForARequest() async throws {
    try await LiveServer.run { live in
      let client = try RawClient(port: live.port)
      try client.send(
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + RawClient.request("/healthz"))
      let first = try client.response()
      #expect(first.status == 405)
      #expect(first.headers["allow"] == "GET, HEAD, OPTIONS")
      #expect(try client.response().body == Array("ok\n".utf8))
    }
  }
}
