import CCurl

/// The transfers of one loop: a queue, those under way, and idle handles. Not `Sendable`: one thread's own.
final class CurlWork {
  private let multi: CurlMulti
  private let connections: Int
  private let options: CurlClient.Options
  private let rate: RateShare?
  private var queue: [CurlTransfer] = []
  private var queueStart = 0
  private var active: [UnsafeMutableRawPointer: CurlEasy] = [:]
  private var idle: [CurlEasy] = []
  private var speed: Int64 = 0

  init(_ multi: CurlMulti, connections: Int, options: CurlClient.Options, rate: RateShare?) {
    self.multi = multi
    self.connections = connections
    self.options = options
    self.rate = rate
  }

  func enqueue(_ transfers: [CurlTransfer]) {
    queue += transfers
  }

  /// How long the loop may sleep. curl's own timers end it sooner; a shared rate is looked at again each second.
  var patience: Int32 { active.isEmpty ? 60_000 : 1_000 }

  /// Moves everything as far as it goes, and returns how many transfers have ended.
  func turn() -> Int {
    var ended = 0
    repeat {
      ended += startWaiting()
      shareRate()
      if !multi.perform() { return ended + abandon() }
      while let (handle, code) = multi.nextResult() {
        guard let easy = active.removeValue(forKey: handle) else { continue }
        multi.remove(easy)
        easy.transfer?.finish(code == CURLE_OK ? nil : easy.failure(code), options: options)
        retire(easy)
        ended += 1
      }
    } while active.count < connections && queueStart < queue.count
    return ended
  }

  /// Cancels the transfers chosen and returns how many.
  func cancel(where isChosen: (CurlTransfer) -> Bool) -> Int {
    var count = 0
    for (handle, easy) in active {
      guard let transfer = easy.transfer, isChosen(transfer) else { continue }
      active[handle] = nil
      // The task goes on before the handle goes: curl may have to wait for a resolver thread.
      transfer.cancel()
      multi.remove(easy)
      retire(easy)
      count += 1
    }
    let waiting = queue[queueStart...]
    queue = waiting.filter { !isChosen($0) }
    queueStart = 0
    for transfer in waiting where isChosen(transfer) { transfer.cancel() }
    return count + waiting.count - queue.count
  }

  /// Starts what waits, and returns how many could not be started.
  private func startWaiting() -> Int {
    var failed = 0
    while active.count < connections, queueStart < queue.count {
      let transfer = queue[queueStart]
      queueStart += 1
      do throws(CurlFailure) {
        let easy = if let used = idle.popLast() { used } else { try CurlEasy(options) }
        try easy.prepare(transfer)
        easy.limitRate(to: speed)
        try multi.add(easy)
        active[easy.handle] = easy
        rate?.join()
      } catch {
        transfer.finish(error, options: options)
        failed += 1
      }
    }
    if queueStart == queue.count {
      queue.removeAll(keepingCapacity: true)
      queueStart = 0
    } else if queueStart > 1024 {
      queue.removeFirst(queueStart)
      queueStart = 0
    }
    return failed
  }

  private func shareRate() {
    guard let rate, rate.share != speed else { return }
    speed = rate.share
    for easy in active.values { easy.limitRate(to: speed) }
  }

  private func retire(_ easy: CurlEasy) {
    easy.clear()
    idle.append(easy)
    rate?.leave()
  }

  /// curl is out of memory or broken: nothing under way can come to an end.
  private func abandon() -> Int {
    let all = active.values
    active = [:]
    for easy in all {
      multi.remove(easy)
      easy.transfer?.finish(CurlFailure(code: CURLE_OUT_OF_MEMORY), options: options)
      retire(easy)
    }
    return all.count
  }
}
