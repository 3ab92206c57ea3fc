import Testing

@testable import Serving

@Suite struct AccessLogFormatTests {
  static let record = ExchangeRecord(
    client: "192.0.2.7", time: 1_780_000_000, method: "GET", target: "/ephemeral-v3/stable/a", version: "HTTP/1.1",
    status: 206, sent: 1000, duration: 1_234_567_890, firstByte: 2_000_000, range: "bytes=0-999", agent: "maas/3.6",
    publication: "ephemeral-v3/stable", isComplete: true)

  @Test func writesWhatLogAnalysersKnow() {
    let line = AccessLogFormat.combined.line(Self.record)
    #expect(
      line == "192.0.2.7 - - [28/May/2026:20:26:40 +0000] \"GET /ephemeral-v3/stable/a HTTP/1.1\" 206 1000 \"-\" "
        + "\"maas/3.6\" duration=1.234 range=\"bytes=0-999\" publication=\"ephemeral-v3/stable\" complete=yes\n")
  }

  @Test func writesOneObjectALine() {
    let line = AccessLogFormat.json.line(Self.record)
    #expect(
      line == "{\"time\":\"2026-05-28T20:26:40Z\",\"client\":\"192.0.2.7\",\"method\":\"GET\","
        + "\"target\":\"/ephemeral-v3/stable/a\",\"version\":\"HTTP/1.1\",\"status\":206,\"bytes\":1000,"
        + "\"duration\":1.234,\"first_byte\":0.002,\"range\":\"bytes=0-999\",\"agent\":\"maas/3.6\","
        + "\"publication\":\"ephemeral-v3/stable\",\"complete\":true}\n")
  }

  /// Otherwise a client could write lines of its own into the log, or onto the terminal of who reads it.
  @Test(arguments: AccessLogFormat.allCases)
  func whatAClientSendsEndsNeitherTheLineNorItsQuotes(format: AccessLogFormat) {
    var record = Self.record
    record.agent = "a\" 200\r\n127.0.0.1 \u{1B}[31m\u{9B}\\"
    record.range = "\"\n"
    let line = format.line(record)
    #expect(line.utf8.dropLast().allSatisfy { (0x20...0x7E).contains($0) })
    #expect(!line.contains("a\" 200"))
  }

  @Test(arguments: AccessLogFormat.allCases)
  func credentialsAndQueriesAreNotWritten(format: AccessLogFormat) {
    var record = Self.record
    for target in ["/a?token=secret", "http://user:secret@host/a", "http://secret", "/a#secret"] {
      record.target = target
      #expect(!format.line(record).contains("secret"), "\(target)")
    }
  }

  @Test(arguments: AccessLogFormat.allCases)
  func aLongAgentMakesNoLongLine(format: AccessLogFormat) {
    var record = Self.record
    record.agent = String(repeating: "a", count: 100_000)
    #expect(format.line(record).utf8.count < 4096)
  }

  @Test func aClientThatLeftIsToldAsSuch() {
    var record = Self.record
    (record.status, record.isComplete) = (0, false)
    #expect(AccessLogFormat.combined.line(record).contains("\" 499 "))
    #expect(AccessLogFormat.combined.line(record).hasSuffix("complete=no\n"))
  }
}
