import Glibc

/// How the process holds its memory.
package enum ProcessMemory {
  private typealias Mallopt = @convention(c) (Int32, Int32) -> Int32
  private typealias Trim = @convention(c) (Int) -> Int32
  // Of <malloc.h>, which Swift's Glibc module does not show.
  private static let (trimThreshold, mmapThreshold): (Int32, Int32) = (-1, -3)

  /// Documents, and buffers of transfers, go back to the system when they are done with, and not to a heap that stays as large
  /// as it ever was. To be called before there are other threads; a C library that knows no such thing is left as it is.
  package static func giveBackEarly() {
    guard let mallopt = dlsym(nil, "mallopt").map({ unsafeBitCast($0, to: Mallopt.self) }) else { return }
    _ = mallopt(mmapThreshold, 64 << 10)
    _ = mallopt(trimThreshold, 256 << 10)
  }

  /// What one part of the work has freed is not held beside what the next one needs.
  package static func giveBack() {
    guard let trim = dlsym(nil, "malloc_trim").map({ unsafeBitCast($0, to: Trim.self) }) else { return }
    _ = trim(0)
  }
}
