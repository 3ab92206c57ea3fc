import CLinux

/// For threads that many wait for: where all processors are busy, the kernel gives one with short turns its turn sooner, and as
/// much time as the others all the same (Linux 6.12; before it nothing changes).
package enum ShortTurns {
  /// The shortest that the kernel takes.
  package static let length: UInt64 = 100_000

  /// Takes the calling thread. A kernel that refuses leaves it as it is: answers come all the same, only later.
  package static func take() { _ = linux_set_turn(length) }

  /// In nanoseconds, of the calling thread; 0 where the kernel does not say.
  package static var current: UInt64 { linux_turn() }
}
