import Foundation
import TestSupport
import Testing

@testable import Serving

/// Requests that begin and do not end: each gets an answer, counts, and stands in the log.
@Suite(.serialized) struct SlowRequestTests {
  private static let base = LiveServer.base

  private func run(seconds: Int64, _ body: (LiveServer, _ log: () -> [String]) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("access.log")
    try await LiveServer.run(
      items: ["a": [1]],
      {
        $0.limits.headerTimeout = seconds
        $0.log = .init(format: .json, file: path)
      }
    ) { live in
      try await body(live) {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self).split(separator: "\n")
          .map(String.init)
      }
    }
  }

  /// RFC 9110 §15.5.9, for a head that stops and for content that does.
  @Test(arguments: ["GET / HT", RawClient.request("\(base)/a", ["Content-Length: 9"]) + "1234"])
  func aRequestWhoseTimeIsOverIsToldSo(text: String) async throws {
    try await run(seconds: 1) { live, log in
      let client = try RawClient(port: live.port)
      #expect(try client.get("\(Self.base)/a").status == 200)
      let start = ContinuousClock.now
      try client.send(text)
      let answer = try client.response()
      #expect(ContinuousClock.now - start < .seconds(10))
      #expect(answer.status == 408)
      #expect(answer.headers["connection"] == "close")
      #expect(client.isClosedByServer())
      #expect(try await live.waits { log().count == 2 })
      let line = log()[1]
      #expect(line.contains("\"status\":408") && line.contains("\"client\":\"127.0.0.1\""), "\(line)")
      // From its first byte on, not from the moment at which it was over.
      #expect(!line.contains("\"duration\":0."), "\(line)")
      let metrics = String(decoding: try RawClient(port: live.port).get("/metrics").body, as: UTF8.self)
      #expect(metrics.contains("status=\"408\"} 1\n"), "\(metrics)")
      #expect(metrics.contains("\nmaas_mirror_transfers 1\n"))
    }
  }

  /// It asked for nothing, so there is nothing to answer: some clients would take a 408 for the answer to their next request.
  @Test func aConnectionThatRestsIsClosedWithoutAnAnswer() async throws {
    try await LiveServer.run({ $0.limits.idleTimeout = 1 }) { live in
      let client = try RawClient(port: live.port)
      #expect(try client.get("/healthz").status == 200)
      #expect(client.isClosedByServer())
      let metrics = String(decoding: try RawClient(port: live.port).get("/metrics").body, as: UTF8.self)
      #expect(!metrics.contains("status=\"408\"") && !metrics.contains("status=\"none\""))
    }
  }

  @Test func aClientThatGivesUpInTheMiddleOfItsHeadLeavesATrace() async throws {
    try await run(seconds: 30) { live, log in
      var client: RawClient? = try RawClient(port: live.port)
      try client?.send("GET \(Self.base)/a HTTP/1.1\r\nHost: mir")
      client = nil
      #expect(try await live.waits { log().count == 1 })
      let line = log().first ?? ""
      #expect(line.contains("\"status\":499") && line.contains("\"complete\":false"), "\(line)")
      let metrics = String(decoding: try RawClient(port: live.port).get("/metrics").body, as: UTF8.self)
      #expect(metrics.contains("status=\"none\"} 1\n"), "\(metrics)")
    }
  }
}
