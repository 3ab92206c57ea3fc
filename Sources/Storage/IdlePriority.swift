import CLinux
import Glibc

/// For work that can always wait: reading a whole store must not slow down who is served from it.
package enum IdlePriority {
  /// Takes the calling thread back, in its use of the disk and of the processor. A kernel that refuses leaves it as it
  /// is: the work is the same, only less polite.
  package static func take() {
    _ = linux_set_idle_io()
    // On Linux this is the thread's too, and not the whole process's.
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
  }
}
