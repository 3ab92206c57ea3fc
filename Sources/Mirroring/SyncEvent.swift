package import Simplestreams
package import Storage
import Synchronization

/// What happens during a sync, for whoever shows it.
package enum SyncEvent: Sendable {
  case reading(source: String)
  case planned(Plan)
  case fetched(TreePath, size: Int64)
  case failed(TreePath, reason: String)
  case note(String)
  case retrying(what: String, reason: String, seconds: Double)
  case snapshot(SnapshotID, Snapshot)
}

/// How far a sync is. Written by the transfer, read by the display whenever it draws.
package final class SyncProgress: Sendable {
  private let bytes = Atomic<Int64>(0)
  private let files = Atomic<Int>(0)
  private let held = Atomic<Int64>(0)
  private let active = Mutex<[TreePath: (done: Int64, size: Int64, held: Int64)]>([:])

  package init() {}

  package var bytesDone: Int64 { bytes.load(ordering: .relaxed) }
  /// What of that was there before this sync.
  package var bytesHeld: Int64 { held.load(ordering: .relaxed) }
  package var filesDone: Int { files.load(ordering: .relaxed) }
  package var activeFiles: [(path: String, done: Int64, size: Int64)] {
    active.withLock { $0.map { ($0.key.string, $0.value.done, $0.value.size) }.sorted { $0.0 < $1.0 } }
  }

  func begin(_ path: TreePath, size: Int64, held count: Int64) {
    bytes.add(count, ordering: .relaxed)
    held.add(count, ordering: .relaxed)
    active.withLock { $0[path] = (count, size, count) }
  }

  func add(_ count: Int64, to path: TreePath) {
    bytes.add(count, ordering: .relaxed)
    active.withLock { $0[path]?.done += count }
  }

  /// The file comes from its start again, also what was there before this sync.
  func restart(_ path: TreePath) {
    let lost = active.withLock { files in
      defer {
        files[path]?.done = 0
        files[path]?.held = 0
      }
      return files[path]
    }
    bytes.subtract(lost?.done ?? 0, ordering: .relaxed)
    held.subtract(lost?.held ?? 0, ordering: .relaxed)
  }

  func end(_ path: TreePath, done: Bool) {
    if !done { restart(path) }
    active.withLock { _ = $0.removeValue(forKey: path) }
    if done { files.add(1, ordering: .relaxed) }
  }
}
