import Glibc

/// An open file, closed when its last owner lets go.
///
/// `Sendable`: the descriptor never changes, and the kernel serialises what is done with it.
package final class OpenFile: Sendable {
  package let descriptor: Int32
  package let path: String

  init(_ path: String, flags: Int32, mode: mode_t = 0o644) throws(StorageError) {
    self.path = path
    descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
    if descriptor < 0 { throw FileSystem.failure("open", path) }
  }

  deinit { close(descriptor) }

  package func size() throws(StorageError) -> Int64 {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw FileSystem.failure("look at", path) }
    return Int64(status.st_size)
  }

  /// Whether it is a file of bytes, and no folder, pipe or device.
  func isRegular() throws(StorageError) -> Bool {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw FileSystem.failure("look at", path) }
    return status.st_mode & S_IFMT == S_IFREG
  }

  func identity() throws(StorageError) -> FileIdentity {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw FileSystem.failure("look at", path) }
    return FileIdentity(status)
  }

  package func state() throws(StorageError) -> FileState {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw FileSystem.failure("look at", path) }
    return FileState(status)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    if let code = writeAll(bytes) { throw FileSystem.failure("write", path, code: code) }
  }

  func write(_ bytes: [UInt8]) throws(StorageError) {
    if let code = bytes.withUnsafeBytes({ writeAll($0) }) { throw FileSystem.failure("write", path, code: code) }
  }

  /// The error number, or `nil` when all bytes are written.
  private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int32? {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count >= 0 { written += count } else if errno != EINTR { return errno }
    }
    return nil
  }

  /// Reads up to the buffer's size at the file position; 0 at the end.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw FileSystem.failure("read", path) }
    }
  }

  /// Reads into the whole of the buffer, wherever the file position is; returns fewer bytes only at the file's end.
  package func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = Glibc.pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
      if count == 0 { break }
      if count > 0 { filled += count } else if errno != EINTR { throw FileSystem.failure("read", path) }
    }
    return filled
  }

  /// The whole file, which must not be longer than `limit` bytes.
  package func readAll(limit: Int) throws(StorageError) -> [UInt8] {
    let size = Int(try size())
    guard size <= limit else {
      throw .malformed(path: path, reason: "it has \(size) bytes, more than the \(limit) allowed")
    }
    var failed: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while filled < size {
        let count = Glibc.read(descriptor, buffer.baseAddress! + filled, size - filled)
        if count > 0 { filled += count } else if count == 0 { break } else if errno != EINTR { failed = errno; break }
      }
    }
    if failed != 0 { throw FileSystem.failure("read", path, code: failed) }
    return bytes
  }

  func synchronize() throws(StorageError) {
    if fsync(descriptor) != 0 { throw FileSystem.failure("synchronize", path) }
  }
}
