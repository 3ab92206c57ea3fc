import Glibc

/// Tells systemd how the service does (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET names.
final class ServiceNotifier: Sendable {
  /// How often a sign of life must come; `nil` where nobody waits for one.
  let watchdog: Duration?
  private let socket: Int32
  /// `sockaddr_un` as the kernel takes it: an abstract name is as long as it is, and ends with no NUL.
  private let address: [UInt8]

  /// `nil` where no service manager wants to know. To be called once.
  init?() {
    let (path, interval) = (Environment.take("NOTIFY_SOCKET"), Environment.take("WATCHDOG_USEC"))
    let process = Environment.take("WATCHDOG_PID")
    guard let path, let address = Self.address(path) else { return nil }
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return nil }
    self.address = address
    let isForUs = process.flatMap { pid_t($0) }.map { $0 == getpid() } ?? true
    watchdog = isForUs ? interval.flatMap { Int64($0) }.flatMap { $0 > 0 ? .microseconds($0) : nil } : nil
  }

  deinit { close(socket) }

  func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
  func stopping() { send("STOPPING=1\nSTATUS=letting transfers finish") }
  func alive() { send("WATCHDOG=1") }

  /// systemd holds this time against that of the signal.
  func reloading() {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    send("RELOADING=1\nMONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)")
  }

  /// Nobody is told of a failure: there is nobody else to tell, and serving goes on.
  private func send(_ state: String) {
    let bytes = Array(state.utf8)
    _ = address.withUnsafeBytes { address in
      sendto(
        socket, bytes, bytes.count, Int32(MSG_NOSIGNAL),
        address.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(address.count))
    }
  }

  private static func address(_ path: String) -> [UInt8]? {
    var name = Array(path.utf8)
    guard let first = name.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"), name.count < 108 else {
      return nil
    }
    // “@” stands for the NUL that an abstract name begins with; a path ends with one.
    if first == UInt8(ascii: "@") { name[0] = 0 } else { name.append(0) }
    return withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) } + name
  }
}
