import Simplestreams
import Storage

/// One publication as it was read from the store: what it serves now, and what it must still have.
struct LoadedPublication: Sendable {
  struct Replaced: Sendable {
    var digest: SHA256Digest
    var tree: PublishedTree
    /// Seconds since 1970 at which its grace period ends.
    var until: Int64
  }

  var state: PublicationRecord.State
  var tree: PublishedTree
  var keyring: TreeView.Entry?
  /// Newest first, as the record has them.
  var replaced: [Replaced] = []
}

extension TreeView {
  convenience init(
    _ loaded: [LoadedPublication], troubles: [String] = [], unread: [PublicationPath] = [], isBlind: Bool = false
  ) {
    let newest = loaded.filter { $0.keyring != nil }.max { $0.state.publishedAt < $1.state.publishedAt }
    let isKeyringLost = newest == nil && loaded.contains { $0.tree.keyring != nil }
    self.init(
      loaded.map { Publication(path: $0.tree.path, number: $0.state.number, tree: $0.tree) },
      replaced: loaded.flatMap { $0.replaced.reversed().map(\.tree) }, keyring: newest?.keyring, troubles: troubles,
      unread: unread.map(\.string) + (isKeyringLost ? ["keyring.gpg"] : []), isBlind: isBlind)
  }
}
