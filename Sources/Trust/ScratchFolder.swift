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
    var template = Array("\(parent)/\(Self.prefix)XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .gnupg(operation: "make a folder in \(parent)", reason: String(cString: strerror(errno)), remedy: .folder)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // It gets its name when it is locked: who finds it and can lock it knows that the owner is dead.
    let early = "\(path)/\(Self.lockName)-soon"
    lock = open(early, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(early, "\(path)/\(Self.lockName)") == 0 else {
      let reason = String(cString: strerror(errno))
      if lock >= 0 { close(lock) }
      Self.remove(path)
      throw .gnupg(operation: "write \(early)", reason: reason, remedy: .folder)
    }
  }

  deinit {
    Self.remove(path)
    close(lock)
  }

  /// Removes what runs that were killed left in the folder.
  static func sweep(_ parent: String) {
    for name in FolderNames.all(in: parent) where name.hasPrefix(prefix) {
      let left = "\(parent)/\(name)"
      var facts = stat()
      guard lstat(left, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, facts.st_uid == getuid() else { continue }
      let lock = open("\(left)/\(lockName)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
      if lock < 0 { continue }
      if flock(lock, LOCK_EX | LOCK_NB) == 0 { remove(left) }
      close(lock)
    }
  }

  /// Errors are for the next run: nobody needs what lies there.
  private static func remove(_ path: String) {
    SocketFolder.remove(of: path)
    remove(path, depth: 0)
  }

  /// gpg keeps at most one level of folders in its home.
  private static func remove(_ path: String, depth: Int) {
    for name in FolderNames.all(in: path) {
      if unlink("\(path)/\(name)") != 0, depth < 2 { remove("\(path)/\(name)", depth: depth + 1) }
    }
    rmdir(path)
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
