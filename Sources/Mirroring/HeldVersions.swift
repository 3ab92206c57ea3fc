import Simplestreams
import Storage

/// The versions of a snapshot, with their items where they stand in it: there are as many of these as files, and they are in memory
/// once.
struct HeldVersions {
  private var items: [VersionKey: ArraySlice<Snapshot.Item>] = [:]

  init(_ snapshot: Snapshot?) {
    let all = snapshot?.items ?? []
    var start = all.startIndex
    while start < all.endIndex {
      let first = all[start]
      let end = all[start...].firstIndex { !$0.isOfVersion(of: first) } ?? all.endIndex
      if let file = ContentID(first.contentID) {
        let key = VersionKey(ProductKey(file, first.product), first.version)
        // The items of a version stand together in what we write.
        if items[key] == nil { items[key] = all[start..<end] } else { items[key]? += all[start..<end] }
      }
      start = end
    }
  }

  var keys: some Sequence<VersionKey> { items.keys }

  /// Whether all its files are the snapshot's, and no others.
  func hold(_ version: Version, of product: ProductKey) -> Bool {
    items[VersionKey(product, version.name)]?.filesByItem == version.filesByItem
  }
}

extension Snapshot.Item {
  fileprivate func isOfVersion(of other: Self) -> Bool {
    version == other.version && product == other.product && contentID == other.contentID
  }
}
