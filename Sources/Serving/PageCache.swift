import Glibc

/// What the kernel holds of a file in memory. `sendfile` blocks on a disk like any read, and a blocked event loop
/// blocks every client on it: so it is asked first, and what is missing is fetched by another thread.
enum PageCache {
  /// How far ahead of a transfer the disk is asked to work.
  static let ahead: Int64 = 8 << 20

  private typealias ReadV2 = @convention(c) (Int32, UnsafePointer<iovec>, Int32, off_t, Int32) -> Int
  /// Of <linux/fs.h>: an answer at once, or EAGAIN.
  private static let noWait: Int32 = 0x8
  /// Swift's Glibc module does not show it, and not every C library has it.
  private static let preadv2 = dlsym(nil, "preadv2").map { unsafeBitCast($0, to: ReadV2.self) }

  /// Whether both ends of the range are in memory. A file system that cannot tell counts as one that has it.
  static func holds(_ range: Range<Int64>, of descriptor: Int32) -> Bool {
    holds(range.upperBound - 1, of: descriptor) && holds(range.lowerBound, of: descriptor)
  }

  private static func holds(_ position: Int64, of descriptor: Int32) -> Bool {
    guard let preadv2 else { return true }
    var byte: UInt8 = 0
    let count = withUnsafeMutablePointer(to: &byte) { pointer in
      withUnsafePointer(to: iovec(iov_base: pointer, iov_len: 1)) {
        preadv2(descriptor, $0, 1, off_t(position), noWait)
      }
    }
    return count >= 0 || errno != EAGAIN
  }

  /// Asks the disk for what comes next, then reads the range, which blocks. Errors show when the range is sent.
  static func fetch(_ range: Range<Int64>, of descriptor: Int32) {
    _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(ahead), POSIX_FADV_WILLNEED)
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
      var position = range.lowerBound
      while position < range.upperBound {
        let count = pread(
          descriptor, buffer.baseAddress, min(buffer.count, Int(range.upperBound - position)), off_t(position))
        if count <= 0 { return }
        position += Int64(count)
      }
    }
  }
}
