import Glibc

/// The few system calls that the store is made of, with their errors as values.
enum FileSystem {
  static func failure(_ operation: String, _ path: String, code: Int32 = errno) -> StorageError {
    if code == ENOSPC || code == EDQUOT { return .noSpace(path: path) }
    return .system(operation: operation, path: path, reason: String(cString: strerror(code)), remedy: .init(code))
  }

  /// Makes a folder in one that is there: what lies above may be a disk that went away, and must not be made below it.
  static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(StorageError) {
    if mkdir(path, mode) == 0 {
      try synchronizeFolder(parent(of: path))
    } else if errno != EEXIST {
      throw failure("create", path)
    }
  }

  /// Makes a folder, and those above it.
  static func makeFolders(_ path: String) throws(StorageError) {
    let above = parent(of: path)
    if try status(path) == nil, above != path { try makeFolders(above) }
    try makeFolder(path)
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// A rename is durable only once its folder is.
  static func synchronizeFolder(_ path: String) throws(StorageError) {
    let folder = try OpenFile(path, flags: O_RDONLY | O_DIRECTORY)
    // Some network file systems refuse fsync on a folder with EINVAL; they have no other way to offer.
    if fsync(folder.descriptor) != 0, errno != EINVAL { throw failure("synchronize", path) }
  }

  static func move(_ from: String, to target: String) throws(StorageError) {
    if rename(from, target) != 0 { throw failure("rename \(from) to", target) }
  }

  static func remove(_ path: String) throws(StorageError) {
    if unlink(path) != 0, errno != ENOENT { throw failure("remove", path) }
  }

  /// `nil` when there is no such file.
  static func status(_ path: String) throws(StorageError) -> stat? {
    var status = stat()
    if lstat(path, &status) == 0 { return status }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw failure("look at", path)
  }

  /// The names in a folder, sorted in C order; empty when there is no such folder and there need not be.
  static func names(in path: String, mayBeMissing: Bool = true) throws(StorageError) -> [String] {
    guard let folder = opendir(path) else {
      if errno == ENOENT, mayBeMissing { return [] }
      throw failure("list", path)
    }
    defer { closedir(folder) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    if errno != 0 { throw failure("list", path) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// A file system without modes, as media have them, refuses every change of one with EPERM (FAT); the file is this user's own.
  static func setMode(of file: OpenFile, _ mode: mode_t) throws(StorageError) {
    if fchmod(file.descriptor, mode) != 0, errno != EPERM { throw failure("set the mode of", file.path) }
  }

  /// Writes a whole file so that a reader sees the old one or the new one, whatever happens in between.
  static func replace(_ path: String, with bytes: [UInt8], staging: String, mode: mode_t) throws(StorageError) {
    let temporary = "\(staging)/\(getpid())-\(UInt64.random(in: .min ... .max)).new"
    do throws(StorageError) {
      let file = try OpenFile(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
      try file.write(bytes)
      try setMode(of: file, mode)
      try file.synchronize()
      try move(temporary, to: path)
    } catch {
      // The first error is the one to tell; a leftover in the staging folder is swept by the next writer.
      unlink(temporary)
      throw error
    }
    try synchronizeFolder(parent(of: path))
  }
}
