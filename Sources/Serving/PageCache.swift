import Glibc
import NIOPosix

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

  /// A disk brings this much at a time or more, so that each is looked for.
  private static let step: Int64 = 128 << 10

  /// Whether the range is in memory, as far as one byte in each of its parts tells. A file system that cannot tell counts
  /// as one that has it.
  static func holds(_ range: Range<Int64>, of descriptor: Int32) -> Bool {
    guard let end = holds(range.upperBound - 1, of: descriptor) else { return true }
    return end
      && stride(from: range.lowerBound, to: range.upperBound, by: Int(step)).allSatisfy {
        holds($0, of: descriptor) ?? true
      }
  }

  /// `nil` where that cannot be told, as on tmpfs.
  private static func holds(_ position: Int64, of descriptor: Int32) -> Bool? {
    guard let preadv2 else { return nil }
    var byte: UInt8 = 0
    let count = withUnsafeMutablePointer(to: &byte) { pointer in
      withUnsafePointer(to: iovec(iov_base: pointer, iov_len: 1)) {
        preadv2(descriptor, $0, 1, off_t(position), noWait)
      }
    }
    return count >= 0 ? true : errno == EAGAIN ? false : nil
  }

  /// Where reading may block. It lives as long as the process does. Opening is done elsewhere: a small file does not wait
  /// behind the pieces of large ones.
  static let readers: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 4)
    pool.start()
    return pool
  }()

  /// The kernel takes pages for it as they are, without a copy.
  private static let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)

  /// Asks the disk for what comes next, then for the range, and waits until that is in memory. Errors show when the range
  /// is sent.
  static func fetch(_ range: Range<Int64>, of descriptor: Int32) {
    // On Linux, of the calling thread alone. Where all cores are busy the event loops go first: what has to be read comes
    // late in any case, and who waits for a small answer does not.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(ahead), POSIX_FADV_WILLNEED)
    var position = off_t(range.lowerBound)
    while position < range.upperBound {
      let count = sendfile(nowhere, descriptor, &position, Int(range.upperBound) - Int(position))
      if count == 0 || count < 0 && errno != EINTR { return }
    }
  }
}
