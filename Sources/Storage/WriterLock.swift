import Glibc

/// One writer at a time, across processes. The kernel lets go of it when the process ends, however it ends.
package final class WriterLock: Sendable {
  private let file: OpenFile
  /// Locked as well: a file can be removed beneath its holder, and would let the next one in.
  private let root: OpenFile

  /// - Parameters:
  ///   - patience: how long another writer is waited for. Blocks for as long.
  ///   - afterlife: how long a holder is waited for in any case that has ended. It was killed while it started a program, which
  ///     has the lock too until it has become that program (fork(2), execve(2)). One in another container looks the same, so
  ///     this is no longer than nobody minds.
  ///   - onWait: called once, with who holds the lock, before `patience` is spent.
  package init(
    _ folder: DataFolder, purpose: String, waiting patience: Duration = .zero, afterlife: Duration = .seconds(1),
    onWait: (String) -> Void = { _ in }
  ) throws(StorageError) {
    // What a link leads to is somebody else's, and would be written over.
    file = try OpenFile(folder.lock, flags: O_RDWR | O_CREAT | O_NOFOLLOW)
    root = try OpenFile(folder.root, flags: O_RDONLY | O_DIRECTORY)
    let start = ContinuousClock.now
    var isFirst = true
    while try !Self.take(file, root) {
      let (holder, waited) = (Self.holder(file), ContinuousClock.now - start)
      let isLeaving = waited < afterlife && Self.hasEnded(holder)
      if waited >= patience, !isLeaving { throw .locked(path: folder.lock, holder: holder) }
      if isFirst, patience > .zero {
        onWait(holder)
        isFirst = false
      }
      usleep(isLeaving ? 10_000 : 100_000)
    }
    if ftruncate(file.descriptor, 0) != 0 { throw FileSystem.failure("truncate", folder.lock) }
    try file.write(Array("\(purpose), process \(getpid())\n".utf8))
  }

  /// Both or none.
  private static func take(_ file: OpenFile, _ root: OpenFile) throws(StorageError) -> Bool {
    if flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      throw FileSystem.failure("lock", file.path)
    }
    // A file system of a network may lock files only; then the file is all there is.
    if flock(root.descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { return true }
    flock(file.descriptor, LOCK_UN)
    return false
  }

  /// Throws when the data folder is not the one any more that was locked: what a writer finds there says nothing, and what it
  /// makes there is in the way of the one that comes back.
  package func requireInPlace() throws(StorageError) {
    let found = try? OpenFile(root.path, flags: O_RDONLY | O_DIRECTORY).identity()
    // Whatever keeps it from being opened, it is not where it was.
    if try found != root.identity() { throw .moved(path: root.path) }
  }

  /// Who holds it is a courtesy; without it the message still says what to do.
  private static func holder(_ file: OpenFile) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = pread(file.descriptor, &buffer, buffer.count, 0)
    let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).prefix { $0 != "\n" }
    return text.isEmpty ? "unknown" : String(text)
  }

  private static func hasEnded(_ holder: String) -> Bool {
    guard let process = holder.split(separator: " ").last.flatMap({ pid_t($0) }), process > 0 else { return false }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  /// Removes what a writer that was killed left half-written in `incoming/`. Partial blobs stay: they are resumed.
  package func sweep(_ folder: DataFolder) throws(StorageError) {
    for name in try FileSystem.names(in: folder.incoming) where name.hasSuffix(".new") {
      try FileSystem.remove("\(folder.incoming)/\(name)")
    }
  }
}
