import GRDB
package import Storage

/// What SQLite said, and about which file.
package enum CatalogError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It is not a database, or a damaged one, or has rows that say nothing. It holds nothing that cannot be rebuilt.
  case damaged(path: String)
  /// As `damaged`, of the history of clients, which is in no snapshot.
  case damagedHistory(path: String)
  case noSpace(path: String)
  case failed(path: String, reason: String, remedy: StorageError.Remedy = .folder)
  /// The disk below it is the reason, and not the file.
  case disk(path: String, StorageError)

  /// - Parameter isWriter: whether the disk may be asked, by writing to it, what SQLite does not say: it calls a full disk an
  ///   I/O error, or a file that cannot be opened, where what it could not make is one beside its own.
  init(_ error: any Error, path: String, isWriter: Bool) {
    if let error = error as? CatalogError {
      self = error
      return
    }
    // What SQLite reads without complaint and is no row of ours.
    guard let error = error as? DatabaseError else {
      self = .damaged(path: path)
      return
    }
    switch error.resultCode {
    // SQLITE_ERROR is a table or a column that is not there: the statements are always the same.
    case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_MISMATCH: self = .damaged(path: path)
    case .SQLITE_FULL: self = .noSpace(path: path)
    case .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_READONLY:
      if isWriter, let slash = path.lastIndex(of: "/"), let reason = WriteTrial.failure(in: String(path[..<slash])) {
        if case .noSpace = reason { self = .noSpace(path: path) } else { self = .disk(path: path, reason) }
      } else {
        let isDisk = error.resultCode == .SQLITE_IOERR
        self = .failed(
          path: path, reason: error.message ?? "\(error.resultCode)", remedy: isDisk ? .device : .folder)
      }
    default: self = .failed(path: path, reason: error.message ?? "\(error.resultCode)")
    }
  }

  package var description: String {
    switch self {
    case .damaged(let path):
      "\(path) is damaged; the next “maas-mirror sync” sets it aside and rebuilds it from the snapshots"
    case .damagedHistory(let path):
      "\(path) is damaged; at the next download a running server sets it aside and begins a new one"
    case .noSpace(let path): "no space left while writing \(path); free some space and run the command again"
    case .disk(let path, let reason): "\(path): \(reason)"
    case .failed(let path, let reason, let remedy): "\(path): \(reason); \(remedy)"
    }
  }
}
