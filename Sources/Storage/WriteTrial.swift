import Glibc

/// Other people's code (SQLite, gpg) says that it could not write, and seldom why: the system is asked by doing the same.
package enum WriteTrial {
  /// What it is that keeps a folder from being written to; `nil` when nothing does.
  package static func failure(in folder: String) -> StorageError? {
    let path = "\(folder)/.\(getpid())-\(UInt32.random(in: .min ... .max)).trial"
    defer { unlink(path) }
    do throws(StorageError) {
      let file = try OpenFile(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      // About what they write before they do anything: a disk with a page or two left is full for them.
      try file.write([UInt8](repeating: 0, count: 64 << 10))
      try file.synchronize()
      return nil
    } catch {
      guard case .system(_, _, let reason, let remedy) = error else { return .noSpace(path: folder) }
      return .system(operation: "write to", path: folder, reason: reason, remedy: remedy)
    }
  }
}
