import GRDB
import Glibc

/// How the databases of a data folder are opened.
enum CatalogFile {
  /// Readers need `readOnly`, so that looking at a mirror changes nothing; a writer finds out about damage here rather
  /// than in the middle of its work.
  static func open(
    _ path: String, readOnly: Bool, _ migrations: DatabaseMigrator
  ) throws(CatalogError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = readOnly
    configuration.busyMode = .timeout(10)
    if !readOnly { configuration.journalMode = .wal }
    do {
      if isBlocked(path) { throw CatalogError.damaged(path: path) }
      let queue: DatabaseQueue
      do {
        queue = try DatabaseQueue(path: path, configuration: configuration)
      } catch let error as DatabaseError where readOnly && error.resultCode == .SQLITE_CANTOPEN {
        guard let address = immutable(path) else { throw error }
        queue = try DatabaseQueue(path: address, configuration: configuration)
      }
      if !readOnly {
        try check(queue, path)
        try migrations.migrate(queue)
      }
      return queue
    } catch {
      throw CatalogError(error, path: path, isWriter: !readOnly)
    }
  }

  /// Whether a folder, a device, or a link that leads nowhere stands where SQLite needs a file.
  private static func isBlocked(_ path: String) -> Bool {
    ["", "-wal", "-shm"].contains { suffix in
      var status = stat()
      guard lstat(path + suffix, &status) == 0 else { return false }
      if stat(path + suffix, &status) != 0 { return errno == ENOENT || errno == ELOOP || errno == ENOTDIR }
      return status.st_mode & S_IFMT != S_IFREG
    }
  }

  private static func check(_ queue: DatabaseQueue, _ path: String) throws {
    let verdict = try queue.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
    if verdict != "ok" { throw CatalogError.damaged(path: path) }
  }

  /// Where even a reader of a WAL database has to make files beside it, and may not: the address of the same file as one
  /// that nobody changes. `nil` while it has a log, so while somebody does. Needs SQLite to be built with URI names, as
  /// Debian and Ubuntu build it.
  private static func immutable(_ path: String) -> String? {
    if access("\(path)-wal", F_OK) == 0 { return nil }
    let name = path.utf8.map { byte -> String in
      let isPlain = "?#%".utf8.contains(byte) == false && (0x21...0x7E).contains(byte)
      if isPlain { return String(Unicode.Scalar(byte)) }
      return "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
    }
    return "file:\(name.joined())?immutable=1"
  }
}
