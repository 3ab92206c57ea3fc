import CCurl
import DequeModule

/// The transfers of one loop: a queue, those under way, and idle handles. Not `Sendable`: one thread's own.
final class CurlWork {
  private let multi: CurlMulti
  private let lanes: Int
  /// How many lanes what is under way has: a small file one, any other two.
  private var takenLanes = 0
  private let options: CurlClient.Options
  private let rate: RateLimit?
  /// What has started is not in it any more: a transfer holds its sink, and that an open file.
  private var queue: Deque<CurlTransfer> = []
  private var active: [UnsafeMutableRawPointer: CurlEasy] = [:]
  private var idle: [CurlEasy] = []

  init(_ multi: CurlMulti, lanes: Int, options: CurlClient.Options, rate: RateLimit?) {
    self.multi = multi
    self.lanes = lanes
    self.options = options
    self.rate = rate
  }

  func enqueue(_ transfers: [CurlTransfer]) {
    queue += transfers
  }

  /// How many milliseconds the loop may sleep: curl's own timers end it sooner, and so does the rate limit.
  var patience: Int32 {
    guard let rate, active.values.contains(where: \.isPaused) else { return 60_000 }
    return Int32(min(1_000, rate.pause / .milliseconds(1) + 1))
  }

  private var mayStartMore: Bool {
    queue.first.map { takenLanes + $0.lanes <= lanes } ?? false
  }

  /// Moves everything as far as it goes, and returns how many transfers have ended.
  func turn() -> Int {
    var ended = goOn()
    repeat {
      ended += startWaiting()
      if !multi.perform() { return ended + abandon() }
      while let (handle, code) = multi.nextResult() {
        guard let easy = active[handle] else { continue }
        if end(easy, code == CURLE_OK ? nil : easy.failure(code)) { ended += 1 }
      }
    } while mayStartMore
    return ended
  }

  /// `false` when the transfer goes on at the address that it was redirected to.
  private func end(_ easy: CurlEasy, _ failure: CurlFailure?) -> Bool {
    leave(easy)
    guard let transfer = easy.transfer else { return true }
    if transfer.goesOn(to: easy.redirectTarget, peer: easy.peer, options) {
      do throws(CurlFailure) {
        try start(transfer, on: easy)
        return false
      } catch {
        transfer.finish(error, options: options)
      }
    } else {
      transfer.finish(failure, options: options)
    }
    retire(easy)
    return true
  }

  private func start(_ transfer: CurlTransfer, on easy: CurlEasy) throws(CurlFailure) {
    try easy.prepare(transfer)
    try multi.add(easy)
    active[easy.handle] = easy
    takenLanes += transfer.lanes
  }

  private func leave(_ easy: CurlEasy) {
    active[easy.handle] = nil
    takenLanes -= easy.transfer?.lanes ?? 0
    multi.remove(easy)
  }

  private func retire(_ easy: CurlEasy) {
    easy.clear()
    idle.append(easy)
  }

  /// Lets paused transfers go on, each as far as the rate limit does, and returns how many failed at that. A random
  /// order keeps them even: whoever comes first takes what there is.
  private func goOn() -> Int {
    guard let rate, rate.pause == .zero else { return 0 }
    var failed = 0
    for easy in active.values.filter(\.isPaused).shuffled() {
      do throws(CurlFailure) {
        try easy.goOn()
      } catch {
        if end(easy, error) { failed += 1 }
      }
    }
    return failed
  }

  /// Cancels the transfers chosen and returns how many.
  func cancel(where isChosen: (CurlTransfer) -> Bool) -> Int {
    var count = 0
    for easy in active.values {
      guard let transfer = easy.transfer, isChosen(transfer) else { continue }
      // The task goes on before the handle goes: curl may have to wait for a resolver thread.
      transfer.cancel()
      leave(easy)
      retire(easy)
      count += 1
    }
    let waiting = queue
    queue = Deque(waiting.filter { !isChosen($0) })
    for transfer in waiting where isChosen(transfer) { transfer.cancel() }
    return count + waiting.count - queue.count
  }

  /// Starts what waits, and returns how many could not be started.
  private func startWaiting() -> Int {
    var failed = 0
    while mayStartMore, let transfer = queue.popFirst() {
      do throws(CurlFailure) {
        let easy = if let used = idle.popLast() { used } else { try CurlEasy(options) }
        try start(transfer, on: easy)
      } catch {
        transfer.finish(error, options: options)
        failed += 1
      }
    }
    return failed
  }

  /// curl is out of memory or broken: nothing under way can come to an end.
  private func abandon() -> Int {
    let all = active.values
    for easy in all {
      leave(easy)
      easy.transfer?.finish(CurlFailure(code: CURLE_OUT_OF_MEMORY), options: options)
      retire(easy)
    }
    return all.count
  }
}
