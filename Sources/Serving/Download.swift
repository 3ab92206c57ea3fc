import Simplestreams

/// Equal answers to requests for one file of a publication.
struct Download: Sendable {
  let kind: RecentDownloads.Kind
  let sum: RecentDownloads.Sum
  let file: TreeView.Entry
  /// Inside the publication.
  let path: String

  /// `nil` for what is no file of the view any more.
  init?(_ kind: RecentDownloads.Kind, _ sum: RecentDownloads.Sum, in view: TreeView) {
    guard let file = view.entries[kind.key], case .path(let path, isFolder: false) = RequestTarget("/\(kind.key)")
    else {
      return nil
    }
    self.kind = kind
    self.sum = sum
    self.file = file
    // By bytes: a combining mark behind the slash would be one character with it.
    self.path = String(decoding: path.utf8.dropFirst(kind.publication.utf8.count + 1), as: UTF8.self)
  }

  /// How many of them sent the whole file in one answer.
  var complete: Int { kind.part == .whole ? sum.count : 0 }
}
