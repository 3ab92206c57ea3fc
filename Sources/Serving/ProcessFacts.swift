import Glibc

/// What the kernel knows of this process.
struct ProcessFacts: Sendable, Equatable {
  var residentBytes: Int64?
  var openFiles: Int?
  var fileLimit: Int?

  /// Reads /proc: to be called off the event loops, because it takes longer the more files are open.
  static func read() -> ProcessFacts {
    ProcessFacts(residentBytes: resident(), openFiles: count("/proc/self/fd"), fileLimit: OpenFileLimit.current)
  }

  private static func resident() -> Int64? {
    guard let file = fopen("/proc/self/statm", "re") else { return nil }
    defer { fclose(file) }
    var line = [UInt8](repeating: 0, count: 256)
    let count = fread(&line, 1, line.count, file)
    let words = String(decoding: line[..<count], as: UTF8.self).split(separator: " ")
    guard words.count > 1, let pages = Int64(words[1]) else { return nil }
    return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
  }

  private static func count(_ path: String) -> Int? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Without “.”, “..” and the descriptor that reads.
    return count - 3
  }
}
