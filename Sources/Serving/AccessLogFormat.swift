import Simplestreams

/// How a line of the access log is written.
package enum AccessLogFormat: String, Sendable, CaseIterable {
  /// The format that log analysers know, with what else is known behind it.
  case combined
  /// One object a line.
  case json

  /// - Parameter time: the record's, as `time(_:)` writes it.
  func append(_ record: ExchangeRecord, time: [UInt8], to line: inout [UInt8]) {
    switch self {
    case .combined: appendCombined(record, time, &line)
    case .json: appendObject(record, time, &line)
    }
    line.append(UInt8(ascii: "\n"))
  }

  /// As text once in a second rather than once in a line.
  func time(_ seconds: Int64) -> [UInt8] {
    switch self {
    case .combined: Array("[\(Self.date(seconds))]".utf8)
    case .json: Array("\"\(Timestamp(seconds: seconds).iso)\"".utf8)
    }
  }

  private func appendCombined(_ record: ExchangeRecord, _ time: [UInt8], _ line: inout [UInt8]) {
    line += record.client.utf8
    line.append(" - - ")
    line += time
    line.append(" \"")
    let request = record.request
    Self.withMethod(of: request) { LogText.appendEscaped($0, to: &line) }
    line.append(" ")
    Self.withTarget(of: request) { LogText.appendEscaped($0, to: &line) }
    line.append(" ")
    Self.withVersion(of: request) { LogText.appendEscaped($0, to: &line) }
    line.append("\" ")
    LogText.appendDecimal(Self.status(record), to: &line)
    line.append(" ")
    LogText.appendDecimal(record.sent, to: &line)
    // A referrer may carry a token of another site, so it is never written.
    line.append(" \"-\" \"")
    Self.appendEscaped(.userAgent, of: request, to: &line)
    line.append("\" duration=")
    LogText.appendSeconds(record.duration, to: &line)
    line.append(" range=\"")
    Self.appendEscaped(.range, of: request, to: &line)
    line.append("\" publication=\"")
    line += (record.publication ?? "-").utf8
    line.append(record.isComplete ? "\" complete=yes" : "\" complete=no")
  }

  private func appendObject(_ record: ExchangeRecord, _ time: [UInt8], _ line: inout [UInt8]) {
    let request = record.request
    line.append("{\"time\":")
    line += time
    line.append(",\"client\":")
    Self.appendJSON(record.client, to: &line)
    line.append(",\"method\":")
    Self.withMethod(of: request) { LogText.appendJSON($0, to: &line) }
    line.append(",\"target\":")
    Self.withTarget(of: request) { LogText.appendJSON($0, to: &line) }
    line.append(",\"version\":")
    Self.withVersion(of: request) { LogText.appendJSON($0, to: &line) }
    line.append(",\"status\":")
    LogText.appendDecimal(Self.status(record), to: &line)
    line.append(",\"bytes\":")
    LogText.appendDecimal(record.sent, to: &line)
    line.append(",\"duration\":")
    LogText.appendSeconds(record.duration, to: &line)
    line.append(",\"first_byte\":")
    if let first = record.firstByte { LogText.appendSeconds(first, to: &line) } else { line.append("null") }
    line.append(",\"range\":")
    Self.appendJSON(.range, of: request, to: &line)
    line.append(",\"agent\":")
    Self.appendJSON(.userAgent, of: request, to: &line)
    line.append(",\"publication\":")
    if let name = record.publication { Self.appendJSON(name, to: &line) } else { line.append("null") }
    line.append(record.isComplete ? ",\"complete\":true}" : ",\"complete\":false}")
  }

  private static func withMethod(of request: Request?, _ body: (UnsafeRawBufferPointer) -> Void) {
    if let request { request.withMethod(body) } else { withUnsafeBytes(of: UInt8(ascii: "-"), body) }
  }

  private static func withVersion(of request: Request?, _ body: (UnsafeRawBufferPointer) -> Void) {
    if let request, request.hasVersion {
      request.withVersion(body)
    } else {
      withUnsafeBytes(of: UInt8(ascii: "-"), body)
    }
  }

  private static func withTarget(of request: Request?, _ body: (UnsafeRawBufferPointer) -> Void) {
    if let request {
      request.withTarget { LogText.withTarget($0, body) }
    } else {
      withUnsafeBytes(of: UInt8(ascii: "-"), body)
    }
  }

  private static func appendEscaped(_ field: RequestField, of request: Request?, to line: inout [UInt8]) {
    let isThere = request?.withValue(of: field) { LogText.appendEscaped($0, to: &line) } != nil
    if !isThere { line.append("-") }
  }

  private static func appendJSON(_ field: RequestField, of request: Request?, to line: inout [UInt8]) {
    let isThere = request?.withValue(of: field) { LogText.appendJSON($0, to: &line) } != nil
    if !isThere { line.append("null") }
  }

  private static func appendJSON(_ text: String, to line: inout [UInt8]) {
    var text = text
    text.withUTF8 { LogText.appendJSON(UnsafeRawBufferPointer($0), to: &line) }
  }

  /// As nginx writes a client that left before it was answered.
  private static func status(_ record: ExchangeRecord) -> Int64 { record.status == 0 ? 499 : Int64(record.status) }

  /// `24/Jul/2025:09:01:43 +0000`
  private static func date(_ seconds: Int64) -> String {
    let words = Timestamp(seconds: seconds).mail.split(separator: " ")
    return "\(words[1])/\(words[2])/\(words[3]):\(words[4]) \(words[5])"
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
