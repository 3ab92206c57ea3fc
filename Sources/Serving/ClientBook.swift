import Catalog
import Simplestreams
import Storage
import Synchronization

/// Writes down which client took which image version, beside the event loops and never in the way of a request: what
/// cannot be written is counted, told once, and left out.
final class ClientBook: Sendable {
  fileprivate struct State {
    /// Seconds; `nil` for no history.
    var keep: Int64?
    var history: ClientHistory?
    /// By tree.
    var images: [SHA256Digest: PublishedImages] = [:]
    var parts = PartialFiles()
    var trouble: String?
    /// Seconds since 1970.
    var forgotAt: Int64 = 0
    var isFull = false
  }

  private let folder: DataFolder
  private let log: @Sendable (String) -> Void
  private let state: Mutex<State>
  /// Apart from the rest, which is held while a disk is written to.
  private let missing = Mutex(0)

  init(folder: DataFolder, keep: Int64?, log: @escaping @Sendable (String) -> Void) {
    self.folder = folder
    self.log = log
    state = Mutex(State(keep: keep))
  }

  /// Downloads that are missing in the history.
  var lost: Int { missing.withLock { $0 } }

  func keep(for seconds: Int64?) {
    state.withLock { state in
      if state.keep != seconds { state.forgotAt = 0 }
      state.keep = seconds
      if seconds == nil { state.history = nil }
    }
  }

  /// Blocks on the disk.
  func write(_ downloads: [Download], _ published: [LoadedPublication], now: Int64) {
    state.withLock { state in
      guard let keep = state.keep else { return }
      // Also when the clock was set back.
      let isForgetting = abs(now - state.forgotAt) >= 3600
      // Before the first download there is nothing to be made, and nothing to be told.
      if downloads.isEmpty, state.history == nil || !isForgetting { return }
      do {
        // One that was deleted would be written to all the same, and nobody would ever read it.
        if try !FileBlobStore.exists(folder.clients) { state.history = nil }
        let history = try state.history ?? open(now)
        state.history = history
        state.forgetAllBut(published)
        let snapshots = SnapshotStore(folder)
        var parts = state.parts
        let visits = ClientVisits(downloads, &parts) {
          state.versions(with: $0, in: $1, of: published, from: snapshots)
        }
        let strangers = try history.record(visits.sightings, visits.takes, passersBy: visits.passersBy)
        state.parts = parts
        if isForgetting {
          try history.forget(before: now - keep)
          state.forgotAt = now
        }
        tell(strangers, &state)
        state.trouble = nil
      } catch {
        state.history = nil
        missing.withLock { $0 += downloads.count }
        tell(error, &state)
      }
    }
  }

  private func open(_ now: Int64) throws -> ClientHistory {
    try folder.createForServer()
    do {
      return try ClientHistory(path: folder.clients)
    } catch CatalogError.damagedHistory {
      for suffix in ["", "-wal", "-shm"] {
        try FileBlobStore.setAside(folder.clients + suffix, as: "\(folder.clients).damaged-\(now)\(suffix)")
      }
      log("\(folder.clients) was damaged and is kept as \(folder.clients).damaged-\(now); the history begins anew")
      return try ClientHistory(path: folder.clients)
    }
  }

  private func tell(_ strangers: Int, _ state: inout State) {
    if strangers > 0, !state.isFull {
      log(
        "\(folder.clients) has as many clients as it may (\(ClientHistory.clientLimit), and "
          + "\(ClientHistory.addressLimit) of one address); some new ones are not written down")
    }
    state.isFull = strangers > 0
  }

  private func tell(_ error: any Error, _ state: inout State) {
    let trouble = "\(error)"
    if state.trouble != trouble {
      log("which client took what is not written down: \(trouble); client_history = \"off\" in [serve] does without")
    }
    state.trouble = trouble
  }
}

extension ClientBook.State {
  fileprivate mutating func forgetAllBut(_ published: [LoadedPublication]) {
    let trees = Set(published.flatMap { [$0.state.tree] + $0.replaced.map(\.digest) })
    images = images.filter { trees.contains($0.key) }
  }

  /// What a file is part of today, or else was within the grace period. Reads what is asked for the first time.
  fileprivate mutating func versions(
    with file: SHA256Digest, in path: String, of published: [LoadedPublication], from store: SnapshotStore
  ) -> [ImageVersion] {
    guard let publication = published.first(where: { $0.tree.path.string == path }) else { return [] }
    let trees = [(publication.state.tree, publication.tree)] + publication.replaced.map { ($0.digest, $0.tree) }
    for (digest, tree) in trees {
      let known = images[digest] ?? PublishedImages(tree, from: store)
      images[digest] = known
      let found = known.versions(with: file)
      if !found.isEmpty { return found }
    }
    return []
  }
}
