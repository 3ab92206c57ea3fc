import struct Crypto.SHA256
import Glibc
import Simplestreams

/// A file that is made piece by piece in `incoming/`, and gets its name, which its hash may be, when it is whole. Without one
/// nothing is left of it.
final class StagedFile {
  private let path: String
  private var file: OpenFile?
  private var failure: StorageError?
  private var hasher = SHA256()
  private var gathered = GatheredBytes(for: Int64(GatheredBytes.most))
  private(set) var size: Int64 = 0

  init(in folder: DataFolder) {
    path = "\(folder.incoming)/\(getpid())-\(UInt64.random(in: .min ... .max)).new"
    attempt { () throws(StorageError) in
      file = try OpenFile(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    }
  }

  // What cannot be removed is swept by the next writer.
  deinit { if file != nil { unlink(path) } }

  /// What goes wrong is told by `finish`: whoever makes the bytes need not know where they go.
  func append(_ bytes: UnsafeRawBufferPointer) {
    hasher.update(bufferPointer: bytes)
    size += Int64(bytes.count)
    var rest = bytes
    while !rest.isEmpty {
      rest = gathered.take(rest)
      if gathered.isFull { flush() }
    }
  }

  func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  private func flush() {
    attempt { () throws(StorageError) in try file?.write(gathered.bytes) }
    gathered.removeAll()
  }

  private func attempt(_ step: () throws(StorageError) -> Void) {
    if failure != nil { return }
    do { try step() } catch { failure = error }
  }

  /// Its hash, once all of it is written.
  func finish() throws(StorageError) -> SHA256Digest {
    flush()
    if let failure { throw failure }
    return SHA256Digest(hasher.finalize())
  }

  /// Durable before this returns, and read-only.
  func move(to name: String) throws(StorageError) {
    guard let file else { preconditionFailure("a staged file gets one name") }
    try FileSystem.setMode(of: file, 0o444)
    try file.synchronize()
    try FileSystem.move(path, to: name)
    self.file = nil
    try FileSystem.synchronizeFolder(FileSystem.parent(of: name))
  }
}
