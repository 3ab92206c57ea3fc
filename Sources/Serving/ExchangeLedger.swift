import NIOCore
import Storage
import Synchronization

/// Where the exchanges of all connections come together: what the event loops count is added up here, and lines of the
/// access log go through.
final class ExchangeLedger: Sendable {
  struct Log: Sendable {
    var format: AccessLogFormat
    var file: AccessLog
  }

  let downloads = DownloadBook()
  private let watcher: PublicationWatcher
  private let books = Mutex<[LoopBook]>([])
  private let current = Mutex<Log?>(nil)
  private let logNumber = Atomic(0)

  init(watcher: PublicationWatcher) { self.watcher = watcher }

  var log: Log? {
    get { current.withLock { $0 } }
    set {
      current.withLock { $0 = newValue }
      logNumber.add(1, ordering: .releasing)
    }
  }

  /// Changes with the log.
  var generation: Int { logNumber.load(ordering: .acquiring) }

  func book(on loop: any EventLoop) -> LoopBook {
    let book = LoopBook(ledger: self, loop: loop)
    books.withLock { $0.append(book) }
    return book
  }

  var counts: ServerMetrics.Counts { books.withLock { $0 }.reduce(ServerMetrics.Counts()) { $0 + $1.metrics.counts } }

  var droppedDownloads: Int { books.withLock { $0 }.reduce(0) { $0 + $1.recent.dropped } }

  /// To be called beside the event loops. Returns what was downloaded since the last time, documents included.
  func settle(_ view: TreeView) -> [Download] {
    var recent: [RecentDownloads.Kind: RecentDownloads.Sum] = [:]
    for book in books.withLock({ $0 }) { recent.merge(book.recent.take()) { $0 + $1 } }
    return downloads.settle(recent, in: view)
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
