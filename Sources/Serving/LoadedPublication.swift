import Simplestreams
import Storage

/// One publication as it was read from the store: what it serves now, and what it must still have.
struct LoadedPublication: Sendable {
  struct Replaced: Sendable {
    var digest: SHA256Digest
    var tree: PublishedTree
    /// Seconds since 1970 at which its grace period ends.
    var until: Int64
    /// Whether the record does not know it any more.
    var isOrphan = false
  }

  var state: PublicationRecord.State
  var tree: PublishedTree
  /// The file that upstream's signatures are verified with.
  var upstreamKeyring: String?
  var keyring: TreeView.Entry?
  /// Newest first, as the record has them.
  var replaced: [Replaced] = []
}

extension LoadedPublication {
  /// Where a record was lost and begun anew, its numbers went back, and it does not know what regions were told before. That is
  /// due to them all the same.
  mutating func keepOrphans(of old: LoadedPublication, grace: Int64, now: Int64) {
    var orphans = old.replaced.filter(\.isOrphan)
    if state.number < old.state.number {
      orphans += [Replaced(digest: old.state.tree, tree: old.tree, until: now + grace)] + old.replaced
    }
    for var orphan in orphans
    where now < orphan.until && orphan.digest != state.tree && !replaced.contains(where: { $0.digest == orphan.digest })
    {
      orphan.isOrphan = true
      replaced.append(orphan)
    }
  }
}

extension TreeView {
  convenience init(
    _ loaded: [LoadedPublication], troubles: [String] = [], unread: [PublicationPath] = [],
    absent: [PublicationPath] = [],
    isBlind: Bool = false
  ) {
    let newest = loaded.filter { $0.keyring != nil }.max { $0.state.publishedAt < $1.state.publishedAt }
    let isKeyringLost = newest == nil && loaded.contains { $0.tree.keyring != nil }
    self.init(
      loaded.map {
        Publication(
          path: $0.tree.path, number: $0.state.number, tree: $0.tree, upstreamKeyring: $0.upstreamKeyring)
      },
      replaced: loaded.flatMap { $0.replaced.reversed().map(\.tree) }, keyring: newest?.keyring, troubles: troubles,
      unread: unread.map(\.string) + (isKeyringLost ? ["keyring.gpg"] : []), absent: absent, isBlind: isBlind)
  }
}
