import NIOCore
import Storage
import Synchronization

/// Where the exchanges of all connections are told: to the metrics and the book of downloads always, to the access log
/// if there is one.
final class ExchangeLedger: Sendable {
  struct Log: Sendable {
    var format: AccessLogFormat
    var file: AccessLog
  }

  let metrics = ServerMetrics()
  let downloads = DownloadBook()
  private let watcher: PublicationWatcher
  private let current = Mutex<Log?>(nil)

  init(watcher: PublicationWatcher) { self.watcher = watcher }

  var log: Log? {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }

  func begin() { metrics.begin() }

  /// - Parameter time: seconds since 1970.
  func end(_ exchange: OpenExchange, isComplete: Bool, at end: NIODeadline, time: Int64) {
    let request = exchange.request
    let record = ExchangeRecord(
      client: exchange.client, time: time, method: request?.method.rawValue ?? "-", target: request?.target ?? "-",
      version: request?.version ?? "-", status: exchange.status, sent: exchange.sent,
      duration: (end - exchange.start).nanoseconds,
      firstByte: exchange.firstByte.map { ($0 - exchange.start).nanoseconds },
      range: request?[.range], agent: request?[.userAgent],
      publication: exchange.file?.publication ?? request.flatMap { publication(of: $0.target) }, isComplete: isComplete)
    metrics.end(record)
    if let file = exchange.file {
      // In the one spelling of its path: what a client adds to an address makes no more entries of it.
      var download = record
      download.target = "/\(file.key)"
      downloads.recent.add(download)
    }
    guard let log else { return }
    log.file.write(log.format.line(record))
  }

  /// Only what is published has a name here: whatever clients ask for, there are no more names than publications.
  func publication(of target: String) -> String? {
    guard case .path(let path, _) = RequestTarget(target) else { return nil }
    let bytes = path.utf8
    return watcher.view.publications.lazy.map(\.path.description).first { name in
      bytes.starts(with: name.utf8)
        && (bytes.count == name.utf8.count || bytes.dropFirst(name.utf8.count).first == 0x2F)
    }
  }
}
