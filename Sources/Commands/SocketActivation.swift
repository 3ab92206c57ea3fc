import Glibc
import Serving

/// The sockets that systemd hands over (sd_listen_fds(3)).
enum SocketActivation {
  private static let first: Int32 = 3

  /// Empty where this process was started in another way. To be called once.
  static func take() -> [InheritedSocket] {
    let (process, count) = (Environment.take("LISTEN_PID"), Environment.take("LISTEN_FDS"))
    let names = Environment.take("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false) ?? []
    // Meant for somebody else, if another process started this one without taking it out.
    guard let process = process.flatMap({ pid_t($0) }), process == getpid(), let count = count.flatMap({ Int32($0) }),
      (1...1024).contains(count)
    else { return [] }
    return (first..<first + count).map { descriptor in
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      let index = Int(descriptor - first)
      // FileDescriptorName=https in the socket unit.
      return InheritedSocket(descriptor: descriptor, isTLS: index < names.count && names[index] == "https")
    }
  }
}
