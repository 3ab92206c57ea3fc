import Simplestreams
import Storage

/// A release of a publication, as the first page shows it.
struct ReleaseSummary: Sendable, Equatable {
  /// Also the folder's path, as in `noble` and `centos/centos70`.
  var name: String
  var architectures: [String]
  var totals: FileTotals

  /// In C order of their names. Items whose paths have another shape are not in it.
  static func all(of items: [PublishedTree.File]) -> [ReleaseSummary] {
    var found: [String: (architectures: Set<String>, totals: FileTotals)] = [:]
    for item in items {
      guard let path = ImagePath(item.path.string) else { continue }
      var release = found[path.release] ?? ([], FileTotals())
      release.architectures.insert(path.architecture)
      release.totals.add(size: item.size, modified: item.modified, version: path.version)
      found[path.release] = release
    }
    return found.map { .init(name: $0, architectures: $1.architectures.sorted(), totals: $1.totals) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}
