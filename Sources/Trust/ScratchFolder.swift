import Glibc

/// A folder of this run, mode 0700, gone with its owner. What a run that was killed left is removed by the next: a lock says
/// whether the owner lives, whatever process numbers are worth between containers.
final class ScratchFolder: Sendable {
  let path: String
  private let lock: Int32

  private static let prefix = "maas-mirror-"
  private static let lockName = "in-use"

  init(in parent: String) throws(TrustError) {
    Self.sweep(parent)
    var made: (path: String, lock: Int32)?
    // Another run that sweeps may take a folder that is not locked yet for a dead one's.
    for _ in 0..<10 where made == nil { made = try Self.make(in: parent) }
    guard let made else {
      throw .gnupg(operation: "make a folder in \(parent)", reason: String(cString: strerror(errno)), remedy: .folder)
    }
    (path, lock) = made
  }

  /// `nil` where it was taken away again.
  private static func make(in parent: String) throws(TrustError) -> (path: String, lock: Int32)? {
    var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .gnupg(operation: "make a folder in \(parent)", reason: String(cString: strerror(errno)), remedy: .folder)
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let lock = open("\(path)/\(lockName)", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    var facts = stat()
    if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, fstat(lock, &facts) == 0, facts.st_nlink > 0 {
      return (path, lock)
    }
    let code = errno
    if lock >= 0 { close(lock) }
    remove(path)
    if lock >= 0 || code == ENOENT { return nil }
    throw .gnupg(operation: "write \(path)/\(lockName)", reason: String(cString: strerror(code)), remedy: .folder)
  }

  deinit {
    Self.remove(path)
    close(lock)
  }

  /// Removes what runs that were killed left in the folder.
  static func sweep(_ parent: String) {
    for name in FolderNames.all(in: parent) where name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 6 {
      let left = "\(parent)/\(name)"
      var facts = stat()
      guard lstat(left, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, facts.st_uid == getuid() else { continue }
      let lock = open("\(left)/\(lockName)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
      if lock < 0 {
        // Killed before it had a lock: then it is empty, and any other folder stays.
        rmdir(left)
        continue
      }
      if flock(lock, LOCK_EX | LOCK_NB) == 0 { remove(left) }
      close(lock)
    }
  }

  /// The lock goes last: a kill in the middle leaves what the next run knows for a dead one's. Errors are for that one too.
  private static func remove(_ path: String) {
    SocketFolder.remove(of: path)
    empty(path, depth: 0)
    unlink("\(path)/\(lockName)")
    // A gpg that outlived its killed parent may have written in between: the next run is to know the folder still.
    if rmdir(path) != 0, errno == ENOTEMPTY {
      let lock = open("\(path)/\(lockName)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      if lock >= 0 { close(lock) }
    }
  }

  /// gpg keeps at most one level of folders in its home.
  private static func empty(_ path: String, depth: Int) {
    for name in FolderNames.all(in: path) where depth > 0 || name != lockName {
      let inner = "\(path)/\(name)"
      if unlink(inner) == 0 || depth == 2 { continue }
      empty(inner, depth: depth + 1)
      rmdir(inner)
    }
  }
}

enum FolderNames {
  /// Nothing where the folder cannot be read.
  static func all(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
