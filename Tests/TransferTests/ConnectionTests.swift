import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Transfer

@Suite struct ConnectionTests {
  @Test(arguments: [1, 2]) func parallelDownloadsReuseFewConnections(threads: Int) async throws {
    let server = try ScriptedServer { request, _ in .answer("200 OK", body: Array(request.target.utf8)) }
    let shared = client { ($0.connections, $0.threads) = (4, threads) }
    try await withThrowingTaskGroup { group in
      for number in 1...200 {
        group.addTask {
          let sink = MemorySink(limit: 100)
          _ = try await shared.get(TransferRequest(url: server.url("/\(number)"), byteLimit: 100), into: sink)
          #expect(sink.bytes == Array("/\(number)".utf8))
        }
      }
      try await group.waitForAll()
    }
    #expect(server.requests.count == 200)
    #expect(server.connections <= 4)
  }

  @Test(arguments: [(3, 1000, 6), (3, 100_000, 3), (1, 1000, 1)])
  func ofSmallFilesTwiceAsManyAreUnderWay(connections: Int, size: Int, most: Int) async throws {
    let crowd = Mutex((now: 0, most: 0))
    let server = try ScriptedServer { _, _ in
      crowd.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      usleep(20_000)
      crowd.withLock { $0.now -= 1 }
      return .answer("200 OK", body: pattern(size))
    }
    let shared = client { $0.connections = connections }
    try await withThrowingTaskGroup { group in
      for number in 1...(most * 5) {
        group.addTask {
          let request = TransferRequest(
            url: try server.url("/\(number)"), byteLimit: Int64(size), expectedLength: Int64(size))
          _ = try await shared.get(request, into: RecordingSink())
        }
      }
      try await group.waitForAll()
    }
    #expect(crowd.withLock { $0.most } == most)
    #expect(server.connections == most)
  }

  @Test func errorPagesDoNotCostTheConnection() async throws {
    let server = try ScriptedServer { _, _ in .answer("404 Not Found", body: pattern(1000)) }
    let shared = client { $0.connections = 1 }
    for _ in 1...5 {
      await #expect(throws: TransferError.self) {
        try await shared.get(TransferRequest(url: server.url("/"), byteLimit: 100), into: RecordingSink())
      }
    }
    #expect(server.requests.count == 5 && server.connections == 1)
  }

  @Test func nothingOfOneRequestClingsToTheNextOnTheSameHandle() async throws {
    let server = try ScriptedServer { request, _ in
      request.rangeStart == nil ? .answer("200 OK") : .range(of: pattern(10), for: request)
    }
    let shared = client { $0.connections = 1 }
    let first = TransferRequest(
      url: try server.url("/a"), resumeAt: 4, validators: Validators(entityTag: "\"v\""), byteLimit: 10)
    _ = try await shared.get(first, into: RecordingSink(holding: pattern(4)))
    _ = try await shared.get(TransferRequest(url: server.url("/b"), byteLimit: 10), into: RecordingSink())
    #expect(server.requests.map { $0.headers["range"] } == ["bytes=4-", nil])
    #expect(server.requests.map { $0.headers["if-none-match"] } == ["\"v\"", nil])
  }

  @Test func fetchesThroughItsProxyInAbsoluteForm() async throws {
    let proxy = try ScriptedServer { _, _ in .answer("200 OK", body: [7]) }
    let sink = MemorySink(limit: 1)
    let proxied = try client { $0.proxy = try proxy.url("", credentials: "jane:s3cret@") }
    let url = try RemoteURL("http://upstream.example/tree/x")
    _ = try await proxied.get(TransferRequest(url: url, byteLimit: 1), into: sink)
    #expect(sink.bytes == [7])
    #expect(proxy.requests.map(\.target) == ["http://upstream.example/tree/x"])
    #expect(proxy.requests[0].headers["proxy-authorization"] == "Basic amFuZTpzM2NyZXQ=")
  }

  @Test func namesTheProxyThatRefusesATunnel() async throws {
    let proxy = try ScriptedServer { _, _ in .answer("407 Who Are You") }
    let url = try RemoteURL("https://upstream.example/x")
    await #expect(throws: TransferError.proxyRefused(url, code: 407)) {
      try await client { $0.proxy = try proxy.url("", credentials: "jane:s3cret@") }
        .get(TransferRequest(url: url, byteLimit: 1), into: RecordingSink())
    }
  }

  @Test(.timeLimit(.minutes(1))) func closingCancelsWhatIsUnderWayAndWhatWaits() async throws {
    let server = try ScriptedServer { _, _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), .stall] }
    let closing = client { $0.connections = 1 }
    let (arrivals, arrival) = AsyncStream<Void>.makeStream()
    let request = TransferRequest(url: try server.url("/"), byteLimit: 9)
    let tasks = (1...3).map { _ in
      Task { try await closing.get(request, into: RecordingSink { arrival.yield() }) }
    }
    for await _ in arrivals { break }
    closing.close()
    for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
    await #expect(throws: CancellationError.self) { try await closing.get(request, into: RecordingSink()) }
  }

  @Test(.timeLimit(.minutes(1))) func cancelsWhatStillWaitsForAConnection() async throws {
    let server = try ScriptedServer { _, _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), .stall] }
    let busy = client { $0.connections = 1 }
    let (arrivals, arrival) = AsyncStream<Void>.makeStream()
    let request = TransferRequest(url: try server.url("/"), byteLimit: 9)
    let first = Task { try await busy.get(request, into: RecordingSink { arrival.yield() }) }
    for await _ in arrivals { break }
    let second = Task { try await busy.get(request, into: RecordingSink()) }
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(server.requests.count == 1)
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
  }
}
