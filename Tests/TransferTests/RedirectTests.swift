import Simplestreams
import TestSupport
import Testing

@testable import Transfer

@Suite struct RedirectTests {
  @Test func followsARedirectAndDeliversOnlyTheEnd() async throws {
    let server = try ScriptedServer { request, _ in
      request.target == "/old"
        ? .answer("302 Found", headers: ["Location: /new", "ETag: \"old\""], body: Array("moved".utf8))
        : .answer("200 OK", body: Array("here".utf8))
    }
    let sink = RecordingSink()
    let head = try await client().get(TransferRequest(url: server.url("/old"), byteLimit: 4), into: sink)
    #expect(sink.seen.bytes == Array("here".utf8) && sink.seen.heads == [head])
    #expect(head.validators.isEmpty && server.requests.map(\.target) == ["/old", "/new"])
  }

  @Test func endsAfterTheLimitOfRedirects() async throws {
    let server = try ScriptedServer { request, _ in .answer("302 Found", headers: ["Location: \(request.target)x"]) }
    let url = try server.url("/")
    await #expect(throws: TransferError.tooManyRedirects(url, limit: 3)) {
      try await client { $0.redirects = 3 }.get(TransferRequest(url: url, byteLimit: 4), into: RecordingSink())
    }
    #expect(server.requests.count == 4)
  }

  @Test func refusesARedirectToAnotherProtocol() async throws {
    let server = try ScriptedServer { _, _ in
      .answer("302 Found", headers: ["Location: ftp://jane:s3cret@b.example/x"])
    }
    let url = try server.url("/")
    await #expect(throws: TransferError.redirectRefused(url, target: "ftp://***@b.example/x", .notHTTP)) {
      try await client().get(TransferRequest(url: url, byteLimit: 4), into: RecordingSink())
    }
  }

  @Test func endsARedirectWhoseBodyDoesNot() async throws {
    let server = try ScriptedServer { _, _ in
      [.send("HTTP/1.1 302 Found\r\nLocation: /\r\nTransfer-Encoding: chunked\r\n\r\n"), .endless("5\r\nhello\r\n")]
    }
    let error = await #expect(throws: TransferError.self) {
      try await client().get(TransferRequest(url: server.url("/"), byteLimit: 4), into: RecordingSink())
    }
    guard case .redirectRefused = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func keepsCredentialsForTheServerTheyWereGivenFor() async throws {
    let server = try ScriptedServer { request, _ in
      request.target == "/new" ? .answer("200 OK") : .answer("307 Temporary Redirect", headers: ["Location: /new#part"])
    }
    let url = try server.url("/old", credentials: "jane:s3cret@")
    _ = try await client().get(TransferRequest(url: url, byteLimit: 4), into: RecordingSink())
    #expect(server.requests.map { $0.headers["authorization"] } == Array(repeating: "Basic amFuZTpzM2NyZXQ=", count: 2))
  }

  @Test func goesToAnotherHostOnlyWhenToldTo() async throws {
    let other = try ScriptedServer { _, _ in .answer("200 OK", body: [7]) }
    let target = "http://localhost:\(other.port)/x"
    let server = try ScriptedServer { _, _ in .answer("302 Found", headers: ["Location: \(target)"]) }
    let url = try server.url("/")
    await #expect(throws: TransferError.redirectRefused(url, target: target, .otherHost("localhost"))) {
      try await client().get(TransferRequest(url: url, byteLimit: 4), into: RecordingSink())
    }
    #expect(other.connections == 0)
    let sink = RecordingSink()
    let trusting = client { $0.redirectPolicy.hosts = [Glob("local*")] }
    _ = try await trusting.get(TransferRequest(url: url, byteLimit: 4), into: sink)
    #expect(sink.seen.bytes == [7])
  }

  @Test func namesWhereItWasSentWhenThatFails() async throws {
    let server = try ScriptedServer { request, _ in
      request.target == "/new" ? .answer("503 Busy") : .answer("302 Found", headers: ["Location: /new"])
    }
    let target = try server.url("/new")
    await #expect(throws: TransferError.status(target, code: 503, retryAfter: nil)) {
      try await client().get(TransferRequest(url: server.url("/old"), byteLimit: 4), into: RecordingSink())
    }
  }

  @Test func keepsCredentialsFromTheHostItIsRedirectedTo() async throws {
    let other = try ScriptedServer { _, _ in .answer("200 OK") }
    let server = try ScriptedServer { [port = other.port] _, _ in
      .answer("302 Found", headers: ["Location: http://localhost:\(port)/x"])
    }
    let url = try server.url("/", credentials: "jane:s3cret@")
    let trusting = client { $0.redirectPolicy.hosts = [Glob("localhost")] }
    _ = try await trusting.get(TransferRequest(url: url, byteLimit: 4), into: RecordingSink())
    #expect(server.requests[0].headers["authorization"] == "Basic amFuZTpzM2NyZXQ=")
    #expect(other.requests.count == 1 && other.requests[0].headers["authorization"] == nil)
  }
}
