import NIOCore

/// What one event loop tells of its exchanges: to the metrics and the downloads always, to the access log if there is one.
/// No loop waits for another; lines go on together at the end of the loop's turn.
///
/// `@unchecked Sendable`: what may change without a lock is touched on the loop alone.
final class LoopBook: @unchecked Sendable {
  let metrics = ServerMetrics()
  let recent = RecentDownloads()
  private unowned let ledger: ExchangeLedger
  private let loop: any EventLoop
  private var log: ExchangeLedger.Log?
  private var generation = -1
  private var lines: [UInt8] = []
  private var lineCount = 0
  private var clock: (second: Int64, format: AccessLogFormat, text: [UInt8]) = (.min, .combined, [])

  init(ledger: ExchangeLedger, loop: any EventLoop) {
    self.ledger = ledger
    self.loop = loop
  }

  func begin() { metrics.begin() }

  /// - Parameter time: seconds since 1970.
  func end(_ exchange: OpenExchange, isComplete: Bool, at end: NIODeadline, time: Int64) {
    let request = exchange.request
    let record = ExchangeRecord(
      client: exchange.visitor.client, time: time, request: request, status: exchange.status, sent: exchange.sent,
      duration: (end - exchange.start).nanoseconds,
      firstByte: exchange.firstByte.map { ($0 - exchange.start).nanoseconds },
      publication: exchange.file?.publication ?? request.flatMap { ledger.publication(of: $0.target) },
      isComplete: isComplete)
    metrics.end(record)
    write(record)
  }

  private func write(_ record: ExchangeRecord) {
    let current = ledger.generation
    if current != generation {
      flush()
      (log, generation) = (ledger.log, current)
    }
    guard let log else { return }
    if record.time != clock.second || log.format != clock.format {
      clock = (record.time, log.format, log.format.time(record.time))
    }
    log.format.append(record, time: clock.text, to: &lines)
    lineCount += 1
    if lineCount == 1 { loop.assumeIsolated().execute { self.flush() } }
  }

  private func flush() {
    if lineCount == 0 { return }
    log?.file.write(lines, lines: lineCount)
    lines.removeAll(keepingCapacity: true)
    lineCount = 0
  }
}
