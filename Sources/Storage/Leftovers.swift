import Glibc

/// A file that an earlier run left in the data folder, and that nothing there names.
package struct Leftover: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable {
    /// A download that broke off; the next sync goes on with it if it still wants the file.
    case partial
    /// A blob that was damaged.
    case quarantined
    /// A record or a catalog that could not be read.
    case damaged
  }

  package var kind: Kind
  package var path: String
  package var size: Int64
  /// When it came to lie there, in seconds since 1970: a rename changes this time of a file, and not the other one.
  package var since: Int64

  package init(kind: Kind, path: String, size: Int64, since: Int64) {
    self.kind = kind
    self.path = path
    self.size = size
    self.since = since
  }
}

extension DataFolder {
  package func leftovers() throws(StorageError) -> [Leftover] {
    try leftovers(.partial, in: incoming) { $0.hasSuffix(".part") }
      + leftovers(.quarantined, in: quarantine) { _ in true }
      + leftovers(.damaged, in: publications) { $0.contains(".json.damaged-") }
      + leftovers(.damaged, in: root) { $0.hasPrefix("catalog.sqlite.damaged-") }
      + leftovers(.damaged, in: serve) { $0.hasPrefix("clients.sqlite.damaged-") }
  }

  package func remove(_ leftover: Leftover) throws(StorageError) { try FileSystem.remove(leftover.path) }

  private func leftovers(
    _ kind: Leftover.Kind, in folder: String, where isOne: (String) -> Bool
  ) throws(StorageError) -> [Leftover] {
    var found: [Leftover] = []
    for name in try FileSystem.names(in: folder) where isOne(name) {
      guard let status = try FileSystem.status("\(folder)/\(name)"), status.st_mode & S_IFMT == S_IFREG
      else { continue }
      found.append(
        .init(
          kind: kind, path: "\(folder)/\(name)", size: Int64(status.st_size), since: Int64(status.st_ctim.tv_sec)))
    }
    return found
  }
}
