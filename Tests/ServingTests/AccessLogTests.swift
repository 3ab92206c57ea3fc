import Foundation
import TestSupport
import Testing

@testable import Serving

@Suite(.serialized) struct AccessLogTests {
  private static func lines(_ path: String) -> [String] {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }

  @Test func tellsOfEachRequest() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("access.log")
    try await LiveServer.run(
      items: ["a": [UInt8](repeating: 1, count: 1000)], { $0.log = .init(format: .json, file: path) }
    ) { live in
      let client = try RawClient(port: live.port)
      _ = try client.get("\(LiveServer.base)/a", ["Range: bytes=0-99", "User-Agent: maas/3.6"])
      _ = try client.get("/nowhere")
      #expect(try await live.waits { Self.lines(path).count == 2 })
      let first = Self.lines(path)[0]
      for part in [
        "\"client\":\"127.0.0.1\"", "\"status\":206", "\"bytes\":100", "\"range\":\"bytes=0-99\"",
        "\"agent\":\"maas/3.6\"", "\"publication\":\"ephemeral-v3/stable\"", "\"complete\":true",
      ] {
        #expect(first.contains(part), "\(first)")
      }
      #expect(Self.lines(path)[1].contains("\"status\":404"))
      #expect(Self.lines(path)[1].contains("\"publication\":null"))
    }
  }

  @Test func tellsOfARequestThatIsRefusedBeforeItIsReadThrough() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("access.log")
    try await LiveServer.run(items: ["a": [1]], { $0.log = .init(format: .json, file: path) }) { live in
      let client = try RawClient(port: live.port)
      _ = try client.get("\(LiveServer.base)/a")
      try client.send("GET /\(LiveServer.base)/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
      #expect(try await live.waits { Self.lines(path).count == 2 })
      #expect(Self.lines(path)[0].contains("\"status\":200"))
      #expect(Self.lines(path)[1].contains("\"status\":400"))
    }
  }

  /// What can be read of a refused request is what tells its sender what to mend.
  @Test(arguments: [
    ("BREW /pot HTTP/1.1\r\nHost: a\r\nUser-Agent: kettle\r\n\r\n", 501, "\"BREW /pot HTTP/1.1\" 501", "kettle"),
    ("GET /a HTTP/2.0\r\nHost: a\r\n\r\n", 505, "\"GET /a HTTP/2.0\" 505", "-"),
    ("GET /a HTTP/1.1\r\nUser-Agent: old\r\n\r\n", 400, "\"GET /a HTTP/1.1\" 400", "old"),
    (
      "GET /a?token=x HTTP/1.1\r\nHost: a\r\nUser-Agent: big\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400,
      "\"GET /a?*** HTTP/1.1\" 400", "big"
    ),
    ("nonsense\r\n\r\n", 400, "\"- - -\" 400", "-"),
    (
      "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414,
      "\"GET /\(String(repeating: "a", count: LogText.limit - 1)) -\" 414", "-"
    ),
    (
      "GET /a\(String(repeating: " ", count: 9000))HTTP/1.1\r\nHost: a\r\n\r\n", 414, "\"GET /a -\" 414", "-"
    ),
    ("\(String(repeating: "a", count: 9000)) / HTTP/1.1\r\nHost: a\r\n\r\n", 414, "\"- - -\" 414", "-"),
  ]) func tellsWhatARefusedRequestAskedFor(text: String, status: Int, line: String, agent: String) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("access.log")
    try await LiveServer.run({ $0.log = .init(format: .combined, file: path) }) { live in
      let client = try RawClient(port: live.port)
      try client.send(text)
      #expect(try client.response().status == status)
      #expect(try await live.waits { Self.lines(path).count == 1 })
      let found = Self.lines(path)[0]
      #expect(found.contains(line) && found.contains(" \"-\" \"\(agent)\" "), "\(found)")
    }
  }

  @Test func tellsOfATransferThatWasCutHowFarItCame() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("access.log")
    let image = [UInt8](repeating: 2, count: 48 << 20)
    try await LiveServer.run(items: ["squashfs": image], { $0.log = .init(format: .json, file: path) }) { live in
      // Of a reset that comes unannounced the socket says nothing any more: then all that it took counts. Rarely, and not thrice.
      var sent = Int.max
      for number in 1...3 where sent >= 5 << 20 {
        var client: RawClient? = try RawClient(port: live.port, window: 65536)
        try client?.send(RawClient.request("\(LiveServer.base)/squashfs"))
        _ = try client?.take(4 << 20)
        client = nil
        #expect(try await live.waits { Self.lines(path).count == number })
        let line = try #require(Self.lines(path).last)
        #expect(line.contains("\"status\":200") && line.contains("\"complete\":false"), "\(line)")
        sent = try #require(line.split(separator: "\"bytes\":").last.flatMap { Int($0.prefix { $0.isNumber }) })
        #expect(sent >= 4 << 20, "\(sent)")
      }
      // What the client got, and what its system took for it; not what lay in the buffer of ours.
      #expect(sent < 5 << 20, "\(sent)")
    }
  }

  @Test func goesOnInANewFileAfterARotation() async throws {
    let folder = try TemporaryFolder()
    let log = try AccessLog(path: folder.file("access.log"), report: { _ in })
    log.write(Array("first\n".utf8), lines: 1)
    #expect(await log.waitUntilWritten(for: .seconds(10)))
    try FileManager.default.moveItem(atPath: folder.file("access.log"), toPath: folder.file("access.log.1"))
    log.reopen()
    log.write(Array("second\n".utf8), lines: 1)
    #expect(await log.waitUntilWritten(for: .seconds(10)))
    #expect(Self.lines(folder.file("access.log.1")) == ["first"])
    #expect(Self.lines(folder.file("access.log")) == ["second"])
  }

  /// A reader that stands still must cost lines, not memory.
  @Test func dropsWhatDoesNotFitAndCountsIt() async throws {
    let folder = try TemporaryFolder()
    let pipe = folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    let reader = open(pipe, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let told = LogLines()
    let log = try AccessLog(path: pipe, report: { told.add($0) })
    let lines = [UInt8](repeating: UInt8(ascii: "x"), count: 99_999) + "\n".utf8
    for _ in 0..<100 { log.write(lines, lines: 3) }
    #expect(log.dropped > 0 && log.dropped % 3 == 0)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline, told.all.isEmpty {
      if read(reader, &buffer, buffer.count) <= 0 { try await Task.sleep(for: .milliseconds(1)) }
    }
    #expect(told.all == ["the access log is too slow: \(log.dropped) lines were dropped"])
  }

  @Test func aPipeThatDoesNotWaitLosesNothing() async throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    defer { for end in [reader, writer] { close(end) } }
    for end in ends { #expect(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
    let lines = [UInt8](repeating: UInt8(ascii: "x"), count: 999_999) + "\n".utf8
    let writing = Task.detached { AccessLog.write(lines, to: writer) }
    var (count, buffer) = (0, [UInt8](repeating: 0, count: 1 << 16))
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline, count < lines.count {
      let taken = read(reader, &buffer, buffer.count)
      if taken > 0 { count += taken } else { try await Task.sleep(for: .milliseconds(1)) }
    }
    #expect(count == lines.count)
    let (written, failure) = await writing.value
    #expect(written == lines.count && failure == nil)
  }

  /// A reload that waited for a reader could not even be followed by a stop.
  @Test(.timeLimit(.minutes(1))) func aPipeThatNobodyReadsIsNotWaitedFor() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    #expect(throws: ServingError.cannotLog(pipe, reason: "nobody reads from it")) {
      _ = try AccessLog(path: pipe, report: { _ in })
    }
  }

  @Test func aFileThatCannotBeWrittenIsToldAtTheStart() async throws {
    let error = #expect(throws: ServingError.self) { _ = try AccessLog(path: "/nowhere/access.log", report: { _ in }) }
    #expect("\(try #require(error))".contains("access_log_file"))
  }
}
