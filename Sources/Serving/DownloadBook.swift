import Synchronization

/// Counts whole downloads of items by what they are a part of. Only what is published has a name here.
final class DownloadBook: Sendable {
  struct Key: Hashable, Sendable {
    var publication: String
    /// Empty for an item whose path tells none.
    var release: String
    var architecture: String
  }

  /// Seconds between two looks at what was sent.
  static let interval: Int64 = 2

  private let state = Mutex<[Key: Int]>([:])

  var counts: [Key: Int] { state.withLock { $0 } }

  /// - Parameter recent: what was sent since the last time.
  /// - Returns: the downloads that it was, documents included.
  func settle(_ recent: [RecentDownloads.Kind: RecentDownloads.Sum], in view: TreeView) -> [Download] {
    let downloads = recent.compactMap { Download($0, $1, in: view) }
    let items = downloads.filter { !$0.file.isDocument && $0.complete > 0 }
    state.withLock { counts in
      for item in items { counts[Key(item), default: 0] += item.complete }
    }
    return downloads
  }
}

extension DownloadBook.Key {
  init(_ item: Download) {
    let image = ImagePath(item.path)
    self.init(
      publication: item.kind.publication, release: image?.release ?? "", architecture: image?.architecture ?? "")
  }
}
