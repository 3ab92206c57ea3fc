import TestSupport
import Testing

@testable import Transfer

@Suite struct LimitTests {
  @Test func cutsAnEndlessBodyAtTheByteLimit() async throws {
    let server = try ScriptedServer { _, _ in
      [.send("HTTP/1.1 200 OK\r\n\r\n"), .endless(String(repeating: "x", count: 10_000))]
    }
    let url = try server.url("/")
    let sink = RecordingSink()
    await #expect(throws: TransferError.tooLong(url, limit: 100_000)) {
      try await client().get(TransferRequest(url: url, byteLimit: 100_000), into: sink)
    }
    #expect(sink.seen.bytes.count <= 100_000)
  }

  @Test func refusesAnAnnouncedLengthOverTheLimitBeforeTheFirstByte() async throws {
    let server = try ScriptedServer { _, _ in .answer("200 OK", body: pattern(11)) }
    let url = try server.url("/")
    let sink = RecordingSink()
    await #expect(throws: TransferError.tooLong(url, limit: 10)) {
      try await client().get(TransferRequest(url: url, byteLimit: 10), into: sink)
    }
    #expect(sink.seen.heads.isEmpty)
  }

  @Test(arguments: [9, 11])
  func refusesALengthThatContradictsTheExpectedOne(length: Int) async throws {
    let server = try ScriptedServer { _, _ in .answer("200 OK", body: pattern(length)) }
    let url = try server.url("/")
    await #expect(throws: TransferError.wrongLength(url, expected: 10, actual: Int64(length))) {
      try await client().get(TransferRequest(url: url, byteLimit: 100, expectedLength: 10), into: RecordingSink())
    }
  }

  @Test func aBodyWithoutALengthThatEndsEarlyIsTruncated() async throws {
    let server = try ScriptedServer { _, _ in [.send("HTTP/1.1 200 OK\r\n\r\n12345"), .close] }
    let url = try server.url("/")
    await #expect(throws: TransferError.truncated(url, received: 5, expected: 10)) {
      try await client().get(TransferRequest(url: url, byteLimit: 100, expectedLength: 10), into: RecordingSink())
    }
  }

  @Test func aChunkedBodyThatBreaksOffIsAnErrorNotAnEnd() async throws {
    let server = try ScriptedServer { _, _ in
      [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"), .close]
    }
    let error = await #expect(throws: TransferError.self) {
      try await client().get(TransferRequest(url: server.url("/"), byteLimit: 100), into: RecordingSink())
    }
    #expect(error?.isUnreachable == true)
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"])
  func endsATransferThatStandsStill(sent: String) async throws {
    let server = try ScriptedServer { _, _ in [.send(sent), .stall] }
    let url = try server.url("/")
    await #expect(throws: TransferError.stalled(url, seconds: 1)) {
      try await client { $0.stallSeconds = 1 }.get(TransferRequest(url: url, byteLimit: 100), into: RecordingSink())
    }
  }

  @Test func aStatusOutranksTheEndlessPageBehindIt() async throws {
    let server = try ScriptedServer { _, _ in
      [.send("HTTP/1.1 500 Oops\r\n\r\n"), .endless(String(repeating: "x", count: 10_000))]
    }
    let url = try server.url("/")
    await #expect(throws: TransferError.status(url, code: 500, retryAfter: nil)) {
      try await client().get(TransferRequest(url: url, byteLimit: 100), into: RecordingSink())
    }
  }

  /// Slow retrieval by what nobody wants: 60,000 bytes at 10 a second would take an hour and a half.
  @Test(.timeLimit(.minutes(1)), arguments: ["404 Not Found", "503 Busy", "302 Found"])
  func doesNotWaitForTheEndOfAnErrorPage(status: String) async throws {
    let server = try ScriptedServer { _, _ in
      [
        .send("HTTP/1.1 \(status)\r\nLocation: /there\r\nContent-Length: 60000\r\n\r\n"),
        .drip("x", milliseconds: 100),
      ]
    }
    let request = TransferRequest(url: try server.url("/"), byteLimit: 100)
    let error = await #expect(throws: TransferError.self) {
      try await client().get(request, into: RecordingSink())
    }
    let says = status.hasPrefix("302") ? "a body that does not end" : String(status.prefix(3))
    #expect("\(try #require(error))".contains(says))
    #expect(server.requests.count == 1)
  }

  @Test func refusesAnEncodingThatNobodyAskedFor() async throws {
    let server = try ScriptedServer { _, _ in .answer("200 OK", headers: ["Content-Encoding: gzip"], body: [1]) }
    let url = try server.url("/")
    let sink = RecordingSink()
    await #expect(throws: TransferError.unexpectedEncoding(url, encoding: "gzip")) {
      try await client().get(TransferRequest(url: url, byteLimit: 100), into: sink)
    }
    #expect(sink.seen.heads.isEmpty)
  }

  @Test func decodesAnEncodingThatItAskedFor() async throws {
    // “hello” as gzip with one stored block.
    let encoded: [UInt8] =
      [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 5, 0, 0xFA, 0xFF] + Array("hello".utf8)
      + [0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0]
    let server = try ScriptedServer { request, _ in
      request.headers["accept-encoding"] == "gzip"
        ? .answer("200 OK", headers: ["Content-Encoding: gzip"], body: encoded) : .answer("200 OK")
    }
    let sink = MemorySink(limit: 5)
    let request = TransferRequest(url: try server.url("/"), byteLimit: 5, expectedLength: 5, acceptsEncoding: true)
    let head = try await client().get(request, into: sink)
    #expect(sink.bytes == Array("hello".utf8) && head.contentEncoding == "gzip" && head.length == nil)
  }

  @Test func refusesWhatIsNotHTTP() async throws {
    let server = try ScriptedServer { _, _ in [.send("SSH-2.0-OpenSSH\r\n"), .close] }
    let url = try server.url("/")
    let error = await #expect(throws: TransferError.self) {
      try await client().get(TransferRequest(url: url, byteLimit: 100), into: RecordingSink())
    }
    guard case .malformed = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
