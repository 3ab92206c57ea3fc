import Simplestreams

/// How a line of the access log is written.
package enum AccessLogFormat: String, Sendable, CaseIterable {
  /// The format that log analysers know, with what else is known behind it.
  case combined
  /// One object a line.
  case json

  package func line(_ record: ExchangeRecord) -> String {
    let target = LogText.target(record.target)
    let seconds = LogText.seconds(record.duration)
    switch self {
    case .combined:
      let request = LogText.escaped("\(record.method) \(target) \(record.version)")
      let range = record.range.map { LogText.escaped($0) } ?? "-"
      // A referrer may carry a token of another site, so it is never written.
      return "\(record.client) - - [\(Self.date(record.time))] \"\(request)\" \(Self.status(record)) \(record.sent) "
        + "\"-\" \"\(record.agent.map { LogText.escaped($0) } ?? "-")\" duration=\(seconds) range=\"\(range)\" "
        + "publication=\"\(record.publication ?? "-")\" complete=\(record.isComplete ? "yes" : "no")\n"
    case .json:
      let members = [
        "\"time\":\"\(Timestamp(seconds: record.time).iso)\"", "\"client\":\(LogText.json(record.client))",
        "\"method\":\(LogText.json(record.method))", "\"target\":\(LogText.json(target))",
        "\"version\":\(LogText.json(record.version))", "\"status\":\(record.status)", "\"bytes\":\(record.sent)",
        "\"duration\":\(seconds)",
        "\"first_byte\":\(record.firstByte.map { LogText.seconds($0) } ?? "null")",
        "\"range\":\(record.range.map { LogText.json($0) } ?? "null")",
        "\"agent\":\(record.agent.map { LogText.json($0) } ?? "null")",
        "\"publication\":\(record.publication.map { LogText.json($0) } ?? "null")", "\"complete\":\(record.isComplete)",
      ]
      return "{\(members.joined(separator: ","))}\n"
    }
  }

  /// As nginx writes a client that left before it was answered.
  private static func status(_ record: ExchangeRecord) -> Int { record.status == 0 ? 499 : record.status }

  /// `24/Jul/2025:09:01:43 +0000`
  private static func date(_ seconds: Int64) -> String {
    let words = Timestamp(seconds: seconds).mail.split(separator: " ")
    return "\(words[1])/\(words[2])/\(words[3]):\(words[4]) \(words[5])"
  }
}
