import struct Crypto.SHA256
import Glibc
package import Simplestreams

/// What a blob turned out to be when it was read through.
package enum Examination: Sendable, Hashable {
  case sound
  /// It is not there: a clean-up may have taken it in the meantime.
  case gone
  case damaged(reason: String, file: FileIdentity)
}

/// Which file stood under a name when it was looked at.
package struct FileIdentity: Sendable, Hashable {
  let device: UInt
  let node: UInt

  init(_ status: stat) {
    device = UInt(status.st_dev)
    node = UInt(status.st_ino)
  }
}

/// Which file it is, and since when it is as it is: any write changes that. A disk that rots does not.
package struct FileState: Sendable, Hashable {
  package let file: FileIdentity
  private let size: Int
  private let times: [Int]

  init(_ status: stat) {
    file = FileIdentity(status)
    size = status.st_size
    times = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
  }
}

extension FileBlobStore {
  /// Reads a blob through and compares it with its name. The bytes come from the disk and not from memory, where it can
  /// be helped: that is where they rot, and what is in memory stays there for those who are served.
  package func examine(_ digest: SHA256Digest) throws(StorageError) -> Examination {
    let path = folder.blob(digest)
    guard let file = try openDirectly(path) else { return .gone }
    let identity = try file.identity()
    var hasher = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.bufferSize(for: try file.size()), alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(file.descriptor, buffer.baseAddress, buffer.count)
      if count == 0 { break }
      if count > 0 {
        hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      } else if errno == EIO {
        return .damaged(reason: "the disk cannot read it", file: identity)
      } else if errno == EINVAL, fcntl(file.descriptor, F_GETFL) & __O_DIRECT != 0 {
        // A file system that opens this way and does not read this way.
        _ = fcntl(file.descriptor, F_SETFL, 0)
      } else if errno != EINTR {
        throw FileSystem.failure("read", path)
      }
    }
    let found = SHA256Digest(hasher.finalize())
    return found == digest ? .sound : .damaged(reason: "its bytes hash to \(found)", file: identity)
  }

  /// A direct read prepares the pages of the whole buffer, however few bytes there are: of a small file that was nearly all of the
  /// work. It needs whole blocks.
  static func bufferSize(for size: Int64) -> Int {
    Int(min(4 << 20, max(4096, (size + 4095) / 4096 * 4096)))
  }

  /// Takes a damaged blob out of the store, so that nobody gets it, and says whether it did.
  ///
  /// Without the writer's lock: a sync may hold it for hours, and all that time the damage would be served. So what was
  /// moved is looked at once more, and goes back if a writer had put a good one in its place just then.
  package func quarantine(_ digest: SHA256Digest, _ file: FileIdentity) throws(StorageError) -> Bool {
    let (path, aside) = (folder.blob(digest), "\(folder.quarantine)/\(digest.hex)")
    guard try FileSystem.status(path).map({ FileIdentity($0) }) == file else { return false }
    try FileSystem.makeFolder(folder.quarantine, mode: 0o700)
    try FileSystem.move(path, to: aside)
    if try FileSystem.status(aside).map({ FileIdentity($0) }) != file {
      try FileSystem.move(aside, to: path)
      return false
    }
    try FileSystem.synchronizeFolder(folder.blobFolder(digest))
    return true
  }

  /// `nil` when there is no such file.
  private func openDirectly(_ path: String) throws(StorageError) -> OpenFile? {
    // Not every file system can do it; those that cannot refuse to open.
    if let file = try? OpenFile(path, flags: O_RDONLY | __O_DIRECT) { return file }
    do throws(StorageError) {
      let file = try OpenFile(path, flags: O_RDONLY)
      // What is read once drives nothing else out of memory, where the kernel knows how (6.3 and later).
      _ = posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_NOREUSE)
      return file
    } catch {
      if try FileSystem.status(path) == nil { return nil }
      throw error
    }
  }
}
