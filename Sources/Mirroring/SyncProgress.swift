package import Simplestreams
import Synchronization

/// How far a sync is. Written by the transfer, read by the display whenever it draws.
package final class SyncProgress: Sendable {
  /// One file on its way. Counted here, a piece of it costs no look at what else is under way.
  package final class File: Sendable {
    fileprivate let path: TreePath
    fileprivate let size: Int64
    fileprivate let done: Atomic<Int64>
    /// What of that was there before this sync.
    fileprivate let held: Atomic<Int64>

    fileprivate init(_ path: TreePath, size: Int64, held count: Int64) {
      self.path = path
      self.size = size
      done = Atomic(count)
      held = Atomic(count)
    }
  }

  private let bytes = Atomic<Int64>(0)
  private let files = Atomic<Int>(0)
  private let held = Atomic<Int64>(0)
  private let active = Mutex<[ObjectIdentifier: File]>([:])

  package init() {}

  package var bytesDone: Int64 { bytes.load(ordering: .relaxed) }
  /// What of that was there before this sync.
  package var bytesHeld: Int64 { held.load(ordering: .relaxed) }
  package var filesDone: Int { files.load(ordering: .relaxed) }
  package var activeFiles: [(path: String, done: Int64, size: Int64)] {
    active.withLock { $0.values.map { ($0.path.string, $0.done.load(ordering: .relaxed), $0.size) } }
      .sorted { $0.0 < $1.0 }
  }

  package func begin(_ path: TreePath, size: Int64, held count: Int64) -> File {
    let file = File(path, size: size, held: count)
    bytes.add(count, ordering: .relaxed)
    held.add(count, ordering: .relaxed)
    active.withLock { $0[ObjectIdentifier(file)] = file }
    return file
  }

  package func add(_ count: Int64, to file: File) {
    bytes.add(count, ordering: .relaxed)
    file.done.add(count, ordering: .relaxed)
  }

  /// The file comes from its start again, also what was there before this sync.
  package func restart(_ file: File) {
    bytes.subtract(file.done.exchange(0, ordering: .relaxed), ordering: .relaxed)
    held.subtract(file.held.exchange(0, ordering: .relaxed), ordering: .relaxed)
  }

  package func end(_ file: File, done: Bool) {
    if !done { restart(file) }
    active.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(file)) }
    if done { files.add(1, ordering: .relaxed) }
  }
}
