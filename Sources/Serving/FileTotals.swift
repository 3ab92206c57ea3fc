/// What a number of files come to.
struct FileTotals: Sendable, Equatable {
  var files = 0
  var bytes: Int64 = 0
  /// Seconds since 1970 of the newest; 0 when there is none.
  var modified: Int64 = 0
  /// The newest in C order, as regions choose it.
  var version: String?

  mutating func add(size: Int64, modified: Int64, version: String?) {
    files += 1
    bytes += size
    self.modified = max(self.modified, modified)
    guard let version else { return }
    if self.version.map({ $0.utf8.lexicographicallyPrecedes(version.utf8) }) ?? true { self.version = version }
  }
}
