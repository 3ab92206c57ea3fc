import Glibc

/// One writer at a time, across processes. The kernel lets go of it when the process ends, however it ends.
package final class WriterLock: Sendable {
  private let file: OpenFile

  package init(_ folder: DataFolder, purpose: String) throws(StorageError) {
    file = try OpenFile(folder.lock, flags: O_RDWR | O_CREAT)
    if flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK else { throw FileSystem.failure("lock", folder.lock) }
      // Who holds it is a courtesy; without it the message still says what to do.
      let text = (try? file.readAll(limit: 256)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      throw .locked(path: folder.lock, holder: text.isEmpty ? "unknown" : String(text.prefix { $0 != "\n" }))
    }
    if ftruncate(file.descriptor, 0) != 0 { throw FileSystem.failure("truncate", folder.lock) }
    try file.write(Array("\(purpose), process \(getpid())\n".utf8))
  }

  /// Removes what a writer that was killed left half-written in `incoming/`. Partial blobs stay: they are resumed.
  package func sweep(_ folder: DataFolder) throws(StorageError) {
    for name in try FileSystem.names(in: folder.incoming) where name.hasSuffix(".new") {
      try FileSystem.remove("\(folder.incoming)/\(name)")
    }
  }
}
