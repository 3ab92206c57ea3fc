import Synchronization
import Transfer

/// Which of a source's roots are still asked for files. One that fails so many times in a row is taken for gone: every
/// file would wait for it through all its retries.
final class AddressPatience: Sendable {
  private let limit: Int
  private let failures: Mutex<[Int]>

  init(roots: Int, limit: Int) {
    self.limit = limit
    failures = Mutex(Array(repeating: 0, count: roots))
  }

  func isGone(_ root: Int) -> Bool { failures.withLock { $0[root] >= limit } }
  var allAreGone: Bool { failures.withLock { $0.allSatisfy { $0 >= limit } } }

  func succeed(_ root: Int) { failures.withLock { $0[root] = 0 } }

  /// Whether this was the failure after which the root is given up.
  func fail(_ root: Int) -> Bool {
    failures.withLock { failures in
      failures[root] += 1
      return failures[root] == limit
    }
  }
}
