import Synchronization
import TestSupport
import Testing

@testable import Transfer

@Suite struct ResumeTests {
  private let body = pattern(200_000)

  @Test func getsTheRestByRangeAfterTruncationAndSeesEachByteOnce() async throws {
    let server = try ScriptedServer { [body] request, attempt in
      attempt == 1 ? .truncated(body, after: 70_000) : .range(of: body, for: request)
    }
    let sink = RecordingSink()
    let head = try await get(server, sink)
    #expect(sink.seen.bytes == body && sink.seen.received == body.count)
    #expect(server.requests.map(\.rangeStart) == [nil, 70_000])
    #expect(head.status == 206 && head.startsAt == 70_000 && head.length == 200_000)
  }

  @Test func continuesWhatAnEarlierRunLeft() async throws {
    let server = try ScriptedServer { [body] request, _ in .range(of: body, for: request) }
    let sink = RecordingSink(holding: Array(body[..<50_000]))
    _ = try await get(server, sink, resumeAt: 50_000)
    #expect(sink.seen.bytes == body && sink.seen.received == 150_000)
  }

  @Test func startsOverWhenTheServerIgnoresTheRange() async throws {
    let server = try ScriptedServer { [body] _, attempt in
      attempt == 1 ? .truncated(body, after: 70_000) : .answer("200 OK", body: body)
    }
    let sink = RecordingSink()
    _ = try await get(server, sink)
    #expect(sink.seen.bytes == body)
    #expect(sink.seen.heads.map(\.startsAt) == [0, 0])
    #expect(server.requests.map(\.rangeStart) == [nil, 70_000])
  }

  @Test func refusesARangeFromAnotherOffset() async throws {
    let server = try ScriptedServer { [body] _, _ in
      .answer("206 Partial Content", headers: ["Content-Range: bytes 9-199999/200000"], body: Array(body[9...]))
    }
    let url = try server.url("/")
    let sink = RecordingSink(holding: Array(body[..<10]))
    await #expect(throws: TransferError.wrongRange(url, asked: 10, answered: 9)) {
      try await client().get(TransferRequest(url: url, resumeAt: 10, byteLimit: 200_000), into: sink)
    }
    #expect(sink.seen.heads.isEmpty && sink.seen.bytes.count == 10)
  }

  @Test func refusesAPartThatNobodyAskedFor() async throws {
    let server = try ScriptedServer { _, _ in
      .answer("206 Partial Content", headers: ["Content-Range: bytes 0-4/10"], body: pattern(5))
    }
    let url = try server.url("/")
    await #expect(throws: TransferError.wrongRange(url, asked: 0, answered: 0)) {
      try await client().get(TransferRequest(url: url, byteLimit: 10), into: RecordingSink())
    }
  }

  @Test func startsOverOnceWhenTheServerRefusesTheRange() async throws {
    let server = try ScriptedServer { [body] request, _ in
      request.rangeStart == nil ? .answer("200 OK", body: body) : .answer("416 Range Not Satisfiable")
    }
    let url = try server.url("/")
    let request = TransferRequest(url: url, resumeAt: 10, byteLimit: 200_000)
    await #expect(throws: TransferError.rangeRefused(url, at: 10)) {
      try await client().get(request, into: RecordingSink(holding: pattern(10)))
    }
    let sink = RecordingSink(holding: pattern(10))
    _ = try await get(server, sink, resumeAt: 10)
    #expect(sink.seen.bytes == body)
    #expect(server.requests.map(\.rangeStart) == [10, 10, nil])
  }

  @Test func comesThroughALineThatBreaksMoreOftenThanItHasAttempts() async throws {
    let server = try ScriptedServer { [body] request, _ in
      let start = request.rangeStart ?? 0
      let end = min(start + 10_000, body.count)
      let head =
        start == 0
        ? "HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n"
        : "HTTP/1.1 206 Partial Content\r\nContent-Length: \(body.count - start)\r\n"
          + "Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)\r\n\r\n"
      return [.send(head), .bytes(Array(body[start..<end])), .close]
    }
    let sink = RecordingSink()
    let policy = RetryPolicy(attempts: 2, minimumProgress: 10_000)
    let retrying = RetryingClient(client(), policy: policy, sleep: { _ in }, random: { 0 })
    _ = try await retrying.get(TransferRequest(url: server.url("/"), byteLimit: 200_000), into: sink)
    #expect(sink.seen.bytes == body && sink.seen.received == body.count)
    #expect(server.requests.count == 20)
  }

  /// RFC 9110 §13.1.5: without the condition, the two halves would be of different files.
  @Test(arguments: [("\"v1\"", "\"v1\""), ("W/\"v1\"", nil)])
  func asksForTheRestOfTheSameVersionOnly(tag: String, condition: String?) async throws {
    let changed = body.map { $0 ^ 0xFF }
    let server = try ScriptedServer { [body] request, attempt in
      if attempt == 1 {
        let head = "HTTP/1.1 200 OK\r\nETag: \(tag)\r\nContent-Length: \(body.count)\r\n\r\n"
        return [.send(head), .bytes(Array(body[..<70_000])), .close]
      }
      // It has changed: a server that is asked for the old version sends the new one whole.
      return request.headers["if-range"] != nil
        ? .answer("200 OK", headers: ["ETag: \"v2\""], body: changed) : .range(of: body, for: request)
    }
    let sink = RecordingSink()
    _ = try await get(server, sink)
    #expect(server.requests.map { $0.headers["if-range"] } == [nil, condition])
    #expect(sink.seen.bytes == (condition == nil ? body : changed))
  }

  @Test func waitsAsLongAsA503AsksAndTellsOfIt() async throws {
    let server = try ScriptedServer { [body] _, attempt in
      attempt == 1 ? .answer("503 Busy", headers: ["Retry-After: 7"]) : .answer("200 OK", body: body)
    }
    let slept = Recorder<Duration>()
    let told = Recorder<String>()
    let retrying = RetryingClient(
      client(), sleep: { slept.add($0) }, random: { 1 },
      onRetry: { url, attempt, error, delay in told.add("\(url) \(attempt) \(error.isUnreachable) \(delay)") })
    let url = try server.url("/x?k=v")
    _ = try await retrying.get(TransferRequest(url: url, byteLimit: 200_000), into: RecordingSink())
    #expect(slept.values == [.seconds(7)])
    #expect(told.values == ["http://127.0.0.1:\(server.port)/x?k=*** 1 true 7.0 seconds"])
  }

  @Test func givesUpWithTheLastErrorAfterItsAttempts() async throws {
    let server = try ScriptedServer { _, _ in .answer("500 Oops") }
    let url = try server.url("/")
    await #expect(throws: TransferError.status(url, code: 500, retryAfter: nil)) {
      _ = try await get(server, RecordingSink())
    }
    #expect(server.requests.count == 5)
  }

  private func get(
    _ server: ScriptedServer, _ sink: RecordingSink, resumeAt: Int64 = 0
  ) async throws -> ResponseHead {
    let request = TransferRequest(
      url: try server.url("/"), resumeAt: resumeAt, byteLimit: 200_000, expectedLength: 200_000)
    return try await RetryingClient(client(), sleep: { _ in }, random: { 0 }).get(request, into: sink)
  }
}

final class Recorder<Value: Sendable>: Sendable {
  private let held = Mutex<[Value]>([])
  var values: [Value] { held.withLock { $0 } }
  func add(_ value: Value) { held.withLock { $0.append(value) } }
}
