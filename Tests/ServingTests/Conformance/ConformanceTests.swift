import Simplestreams
import Testing

@testable import Serving

/// What RFC 9110 and 9112 ask of a server, as bytes; the same cases without a socket and with one.
@Suite(.serialized) struct ConformanceTests {
  private static let all: [ConformanceCase] =
    ConformanceCase.framing + ConformanceCase.refusals + ConformanceCase.methods + ConformanceCase.conditions
    + ConformanceCase.ranges + ConformanceCase.pages

  private func check(_ found: RawClient.Response, _ expected: ConformanceCase.Expected, of test: ConformanceCase) {
    #expect(found.status == expected.status, "\(test)")
    for (name, value) in expected.headers {
      #expect(found.headers[name] == value, "\(test): \(name)")
    }
    if let part = expected.bodyHas { #expect(String(decoding: found.body, as: UTF8.self).contains(part), "\(test)") }
    if let body = expected.body { #expect(String(decoding: found.body, as: UTF8.self) == body, "\(test)") }
    // RFC 9110 §6.6.1: with a clock, every answer has a date.
    #expect(found.headers["date"] == "Thu, 28 May 2026 20:26:40 GMT", "\(test)")
    // Every refusal says why.
    if found.status >= 400, expected.hasBody { #expect(found.body.last == 0x0A && found.body.count > 10, "\(test)") }
  }

  /// Whole, and byte by byte: where the packets end changes nothing.
  @Test(arguments: all)
  func withoutASocket(test: ConformanceCase) throws {
    for step in [test.sends.utf8.count, 1] {
      let connection = try SocketlessConnection(items: ConformanceCase.items)
      try connection.send(Array(test.sends.utf8), step: step)
      var answers = WireReader(bytes: connection.received)
      for expected in test.gets { check(try answers.response(hasBody: expected.hasBody), expected, of: test) }
      #expect(answers.isAtEnd, "\(test)")
    }
  }

  @Test func withASocket() async throws {
    try await LiveServer.run(items: ConformanceCase.items) { live in
      for test in Self.all {
        let client = try RawClient(port: live.port)
        try client.send(test.sends)
        for expected in test.gets { check(try client.response(hasBody: expected.hasBody), expected, of: test) }
        if test.closes { #expect(client.isClosedByServer(), "\(test)") }
      }
      #expect(live.log == [])
    }
  }
}
