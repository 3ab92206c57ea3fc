import Testing

@testable import Serving

@Suite struct AccessLogFormatTests {
  private static func line(
    _ format: AccessLogFormat, _ target: String = "/ephemeral-v3/stable/a", agent: String = "maas/3.6",
    range: String = "bytes=0-999", change: (inout ExchangeRecord) -> Void = { _ in }
  ) -> String {
    var record = ExchangeRecord(
      client: "192.0.2.7", time: 1_780_000_000,
      request: SampleView.get(target, ["Range": range, "User-Agent": agent]), status: 206, sent: 1000,
      duration: 1_234_567_890, firstByte: 2_000_000, publication: "ephemeral-v3/stable", isComplete: true)
    change(&record)
    var bytes: [UInt8] = []
    format.append(record, time: format.time(record.time), to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func writesWhatLogAnalysersKnow() {
    #expect(
      Self.line(.combined)
        == "192.0.2.7 - - [28/May/2026:20:26:40 +0000] \"GET /ephemeral-v3/stable/a HTTP/1.1\" 206 1000 \"-\" "
        + "\"maas/3.6\" duration=1.234 range=\"bytes=0-999\" publication=\"ephemeral-v3/stable\" complete=yes\n")
  }

  @Test func writesOneObjectALine() {
    #expect(
      Self.line(.json) == "{\"time\":\"2026-05-28T20:26:40Z\",\"client\":\"192.0.2.7\",\"method\":\"GET\","
        + "\"target\":\"/ephemeral-v3/stable/a\",\"version\":\"HTTP/1.1\",\"status\":206,\"bytes\":1000,"
        + "\"duration\":1.234,\"first_byte\":0.002,\"range\":\"bytes=0-999\",\"agent\":\"maas/3.6\","
        + "\"publication\":\"ephemeral-v3/stable\",\"complete\":true}\n")
  }

  @Test func whatIsNotKnownIsNotMadeUp() {
    let change = { (record: inout ExchangeRecord) in
      (record.request, record.firstByte, record.publication) = (nil, nil, nil)
    }
    #expect(
      Self.line(.combined, change: change).contains(
        "\"- - -\" 206 1000 \"-\" \"-\" duration=1.234 range=\"-\" publication=\"-\""))
    #expect(
      Self.line(.json, change: change).contains(
        "\"first_byte\":null,\"range\":null,\"agent\":null,\"publication\":null,\"complete\":true}"))
  }

  /// Otherwise a client could write lines of its own into the log, or onto the terminal of who reads it.
  @Test(arguments: AccessLogFormat.allCases)
  func whatAClientSendsEndsNeitherTheLineNorItsQuotes(format: AccessLogFormat) {
    let line = Self.line(format, agent: "a\" 200 127.0.0.1 \u{9B}\\", range: "\"\u{9B}")
    #expect(line.utf8.dropLast().allSatisfy { (0x20...0x7E).contains($0) })
    #expect(!line.contains("a\" 200"))
  }

  /// No head with control characters comes this far.
  @Test func controlCharactersAreEscapedAllTheSame() {
    #expect(LogText.escaped("\r\n\u{1B}[31m") == "\\x0d\\x0a\\x1b[31m")
    #expect(LogText.json("\r\n\u{1B}[31m") == "\"\\u000d\\u000a\\u001b[31m\"")
  }

  @Test(arguments: AccessLogFormat.allCases)
  func credentialsAndQueriesAreNotWritten(format: AccessLogFormat) {
    for target in ["/a?token=secret", "http://user:secret@host/a", "http://secret", "/a#secret"] {
      #expect(!Self.line(format, target).contains("secret"), "\(target)")
    }
    #expect(Self.line(format, "/a?b").contains("/a?***"))
    #expect(Self.line(format, "http://user@host/a").contains("/a"))
  }

  @Test(arguments: AccessLogFormat.allCases)
  func aLongAgentMakesNoLongLine(format: AccessLogFormat) {
    #expect(Self.line(format, agent: String(repeating: "a", count: 8000)).utf8.count < 4096)
    #expect(Self.line(format, agent: String(repeating: "\"", count: 8000)).utf8.count < 8192)
  }

  @Test func aClientThatLeftIsToldAsSuch() {
    let line = Self.line(.combined) { ($0.status, $0.isComplete) = (0, false) }
    #expect(line.contains("\" 499 "))
    #expect(line.hasSuffix("complete=no\n"))
  }
}
