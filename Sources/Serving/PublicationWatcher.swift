import Storage
import Synchronization

/// Follows what is published: looks four times a second, and swaps in a whole new view when something changed. Looking,
/// not notification: a rename shows at once on every file system, network ones included.
final class PublicationWatcher: Sendable {
  private struct State {
    var loaded: [LoadedPublication] = []
    var view = TreeView([LoadedPublication]())
    /// `nil` until the first look.
    var stamp: [String]?
    var troubles: [String] = []
    var lookedAt: Int64 = .min
    /// Of the settings: what was read under others is read again.
    var revision = 0
    var readUnder = 0
  }

  private let publications: PublicationStore
  private let loader: Mutex<TreeLoader>
  private let now: @Sendable () -> Int64
  private let log: @Sendable (String) -> Void
  private let state = Mutex(State())
  private let switches = Atomic<Int>(0)

  init(
    publications: PublicationStore, loader: TreeLoader, now: @escaping @Sendable () -> Int64,
    log: @escaping @Sendable (String) -> Void
  ) {
    self.publications = publications
    self.loader = Mutex(loader)
    self.now = now
    self.log = log
  }

  var view: TreeView { state.withLock { $0.view } }
  var loaded: [LoadedPublication] { state.withLock { $0.loaded } }

  /// Changes after every change of `view`.
  var generation: Int { switches.load(ordering: .acquiring) }

  /// From the next look on, files of replaced trees are kept for so many seconds, and these publications are to be there.
  func follow(
    keepingReplaced grace: Int64, expecting expected: Set<PublicationPath>,
    upstreamKeyrings: [PublicationPath: String] = [:]
  ) {
    let isNew = loader.withLock { loader in
      let before = loader
      (loader.grace, loader.expected, loader.upstreamKeyrings) = (grace, expected, upstreamKeyrings)
      return before.grace != grace || before.expected != expected || before.upstreamKeyrings != upstreamKeyrings
    }
    if isNew { state.withLock { $0.revision += 1 } }
  }

  /// Looks once; blocks on the disk. What cannot be read is told once, and tried again every five seconds.
  func look() {
    let time = now()
    let before = state.withLock { $0 }
    do throws(StorageError) {
      // Before the records: one that changes while it is read shows as a change at the next look.
      let stamp = try publications.stamp()
      let isDue = before.loaded.flatMap(\.replaced).contains { $0.until <= time }
      let isRetry = !before.troubles.isEmpty && time >= before.lookedAt + 5
      if before.stamp == stamp, before.revision == before.readUnder, !isDue, !isRetry { return }
      let result = try loader.withLock({ $0 }).load(after: before.loaded, now: time)
      // One that was there, and is gone from a folder that can be listed, has ended.
      loader.withLock { $0.expected.subtract(result.loaded.map(\.tree.path)) }
      let view = TreeView(
        result.loaded, troubles: result.troubles, unread: result.unread, absent: result.absent)
      keep(
        State(loaded: result.loaded, view: view, stamp: stamp, troubles: result.troubles, lookedAt: time),
        after: before)
    } catch {
      let troubles = ["\(error)"]
      let view = before.troubles == troubles ? before.view : unreadable(before, troubles)
      keep(
        State(loaded: before.loaded, view: view, stamp: before.stamp, troubles: troubles, lookedAt: time),
        after: before)
    }
  }

  private func unreadable(_ before: State, _ troubles: [String]) -> TreeView {
    TreeView(before.loaded, troubles: troubles, isBlind: before.stamp == nil)
  }

  private func keep(_ next: State, after before: State) {
    state.withLock { state in
      let revision = state.revision
      state = next
      // It may have changed since.
      (state.revision, state.readUnder) = (revision, before.revision)
    }
    switches.add(1, ordering: .releasing)
    for trouble in next.troubles where !before.troubles.contains(trouble) {
      log(
        next.loaded.isEmpty
          ? "nothing can be served yet: \(trouble)" : "cannot be read, so the last good state is served on: \(trouble)")
    }
  }
}
