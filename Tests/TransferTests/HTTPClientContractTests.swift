import TestSupport
import Testing

@testable import Transfer

/// What every `HTTPClient` must do, run against each.
@Suite struct HTTPClientContractTests {
  enum Implementation: CaseIterable {
    case curl, retrying

    func make() -> any HTTPClient {
      switch self {
      case .curl: client()
      case .retrying: RetryingClient(client(), sleep: { _ in }, random: { 0 })
      }
    }
  }

  @Test(arguments: Implementation.allCases)
  func deliversAWholeBody(_ implementation: Implementation) async throws {
    let body = pattern(300_000)
    let server = try ScriptedServer { _, _ in
      .answer("200 OK", headers: ["ETag: \"v1\"", "Content-Type: application/json"], body: body)
    }
    let sink = RecordingSink()
    let request = TransferRequest(url: try server.url("/a:b+c"), byteLimit: 300_000, expectedLength: 300_000)
    let head = try await implementation.make().get(request, into: sink)
    #expect(sink.seen.bytes == body)
    #expect(sink.seen.heads == [head])
    #expect(head.status == 200 && head.length == 300_000 && head.contentType == "application/json")
    #expect(head.validators == Validators(entityTag: "\"v1\""))
    #expect(server.requests.map(\.target) == ["/a:b+c"])
    #expect(server.requests[0].headers["accept-encoding"] == nil)
  }

  @Test(arguments: Implementation.allCases)
  func beginsAnEmptyBodyToo(_ implementation: Implementation) async throws {
    let server = try ScriptedServer { _, _ in .answer("200 OK") }
    let sink = RecordingSink()
    _ = try await implementation.make().get(TransferRequest(url: server.url("/"), byteLimit: 0), into: sink)
    #expect(sink.seen.heads.map(\.length) == [0])
  }

  @Test(arguments: Implementation.allCases)
  func answersUnchangedWithoutTouchingTheSink(_ implementation: Implementation) async throws {
    let server = try ScriptedServer { request, _ in
      request.headers["if-none-match"] == "\"v1\"" && request.headers["if-modified-since"] == "then"
        ? [.send("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n")] : .answer("200 OK")
    }
    let sink = RecordingSink(holding: [1])
    let validators = Validators(entityTag: "\"v1\"", lastModified: "then")
    let request = TransferRequest(url: try server.url("/"), validators: validators, byteLimit: 10)
    let head = try await implementation.make().get(request, into: sink)
    #expect(head.status == 304 && head.validators.entityTag == "\"v1\"")
    #expect(sink.seen.heads.isEmpty && sink.seen.bytes == [1])
  }

  @Test(arguments: Implementation.allCases)
  func keepsErrorPagesFromTheSinkAndDoesNotAskTwice(_ implementation: Implementation) async throws {
    let server = try ScriptedServer { _, _ in .answer("404 Not Found", body: Array("<html>".utf8)) }
    let url = try server.url("/x")
    let sink = RecordingSink()
    await #expect(throws: TransferError.status(url, code: 404, retryAfter: nil)) {
      try await implementation.make().get(TransferRequest(url: url, byteLimit: 100), into: sink)
    }
    #expect(sink.seen.heads.isEmpty && server.requests.count == 1)
  }

  @Test(arguments: Implementation.allCases)
  func throwsTheSinksOwnErrorUnchangedAndOnce(_ implementation: Implementation) async throws {
    let server = try ScriptedServer { _, _ in .answer("200 OK", body: pattern(100_000)) }
    let sink = RecordingSink(breaksAt: 20_000)
    await #expect(throws: RecordingSink.Broken()) {
      try await implementation.make().get(TransferRequest(url: server.url("/"), byteLimit: 1 << 20), into: sink)
    }
    #expect(server.requests.count == 1)
  }

  @Test(.timeLimit(.minutes(1)), arguments: Implementation.allCases)
  func endsSoonAfterItsTaskIsCancelled(_ implementation: Implementation) async throws {
    let server = try ScriptedServer { _, _ in
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst"), .stall]
    }
    let (arrivals, arrival) = AsyncStream<Void>.makeStream()
    let sink = RecordingSink { arrival.yield() }
    let request = TransferRequest(url: try server.url("/"), byteLimit: 100)
    let task = Task { try await implementation.make().get(request, into: sink) }
    for await _ in arrivals { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(sink.seen.bytes == Array("first".utf8))
  }

  @Test(arguments: Implementation.allCases)
  func neverShowsCredentialsInAnError(_ implementation: Implementation) async throws {
    let port = try ScriptedServer.deadPort()
    let url = try RemoteURL("http://jane:s3cret@127.0.0.1:\(port)/x?key=hidden")
    let error = await #expect(throws: TransferError.self) {
      try await implementation.make().get(TransferRequest(url: url, byteLimit: 1), into: RecordingSink())
    }
    guard case .unconnected = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let text = "\(error.map(String.init(describing:)) ?? "") \(String(reflecting: error))"
    #expect(!text.contains("s3cret") && !text.contains("jane") && !text.contains("hidden"))
    #expect(error?.isUnreachable == true)
  }
}
