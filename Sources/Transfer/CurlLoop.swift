import Glibc
import Synchronization

/// One thread that runs transfers, a share of the client's connections each.
///
/// `@unchecked Sendable`: `inbox`, `load` and `thread` have their own locks, `multi` says itself what may be called
/// from where, and `work` is touched by `run` alone, which one thread runs once.
final class CurlLoop: @unchecked Sendable {
  private struct Inbox {
    var transfers: [CurlTransfer] = []
    var hasCancellations = false
    var isClosed = false
  }

  private let multi: CurlMulti
  private let work: CurlWork
  private let inbox = Mutex(Inbox())
  private let thread = Mutex<pthread_t?>(nil)
  /// How many transfers are here, waiting ones included.
  let load = Atomic<Int>(0)

  init(connections: Int, options: CurlClient.Options, rate: RateLimit?) {
    let lanes = connections * CurlTransfer.fullLanes
    multi = CurlMulti(connections: options.connections == 1 ? 1 : lanes)
    work = CurlWork(multi, lanes: lanes, options: options, rate: rate)
  }

  deinit {
    if let thread = thread.withLock({ $0 }) { pthread_detach(thread) }
  }

  func start() {
    var made = pthread_t()
    let code = pthread_create(
      &made, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(code == 0, "the system has no thread left for transfers")
    thread.withLock { $0 = made }
  }

  func submit(_ transfer: CurlTransfer) {
    let isClosed = inbox.withLock { inbox in
      if !inbox.isClosed { inbox.transfers.append(transfer) }
      return inbox.isClosed
    }
    if isClosed { return transfer.cancel() }
    load.add(1, ordering: .relaxed)
    multi.wake()
  }

  /// To be called after a transfer's flag is set.
  func noticeCancellation() {
    inbox.withLock { $0.hasCancellations = true }
    multi.wake()
  }

  /// Cancels everything and lets the thread end.
  func stop() {
    inbox.withLock { $0.isClosed = true }
    multi.wake()
  }

  /// Waits until the thread has ended, unless it is this one.
  func join() {
    let ended = thread.withLock { thread -> pthread_t? in
      guard let other = thread, pthread_equal(other, pthread_self()) == 0 else { return nil }
      thread = nil
      return other
    }
    if let ended { pthread_join(ended, nil) }
  }

  private func run() {
    // Signals are for the process's other threads; a broken connection's SIGPIPE is for nobody.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    while true {
      let orders = inbox.withLock { inbox in
        defer {
          inbox.transfers.removeAll(keepingCapacity: true)
          inbox.hasCancellations = false
        }
        return inbox
      }
      work.enqueue(orders.transfers)
      if orders.isClosed { return note(work.cancel { _ in true }) }
      if orders.hasCancellations { note(work.cancel { $0.cancellation.isSet }) }
      note(work.turn())
      multi.wait(milliseconds: work.patience)
    }
  }

  private func note(_ ended: Int) {
    if ended > 0 { load.subtract(ended, ordering: .relaxed) }
  }
}
