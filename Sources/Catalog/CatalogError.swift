import GRDB
import Glibc

/// What SQLite said, and about which file.
package enum CatalogError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file is not a database, or a damaged one. It holds nothing that cannot be rebuilt.
  case damaged(path: String)
  /// As `damaged`, of the history of clients, which is in no snapshot.
  case damagedHistory(path: String)
  case noSpace(path: String)
  case failed(path: String, reason: String)

  init(_ error: any Error, path: String) {
    if let error = error as? CatalogError {
      self = error
      return
    }
    guard let error = error as? DatabaseError else {
      self = .failed(path: path, reason: "\(error)")
      return
    }
    switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .damaged(path: path)
    case .SQLITE_FULL: self = .noSpace(path: path)
    // It cannot make its log on a full disk, and says something else.
    case .SQLITE_IOERR where Self.isFull(path), .SQLITE_CANTOPEN where Self.isFull(path): self = .noSpace(path: path)
    default: self = .failed(path: path, reason: error.message ?? "\(error.resultCode)")
    }
  }

  /// Whether there is no room for the index of a log, which has 32 KiB.
  private static func isFull(_ path: String) -> Bool {
    var status = statvfs()
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    return statvfs(folder.isEmpty ? "/" : folder, &status) == 0 && status.f_bavail * UInt(status.f_frsize) < 32 << 10
  }

  package var description: String {
    switch self {
    case .damaged(let path):
      "\(path) is damaged; the next “maas-mirror sync” sets it aside and rebuilds it from the snapshots"
    case .damagedHistory(let path):
      "\(path) is damaged; at the next download a running server sets it aside and begins a new one"
    case .noSpace(let path): "no space left while writing \(path); free some space and run the command again"
    case .failed(let path, let reason): "\(path): \(reason); check that this user may write to it and its folder"
    }
  }
}
