import Glibc

/// A listening socket that the service manager opened before this program began.
package struct InheritedSocket: Sendable, Hashable {
  package var descriptor: Int32
  package var isTLS: Bool

  package init(descriptor: Int32, isTLS: Bool = false) {
    self.descriptor = descriptor
    self.isTLS = isTLS
  }

  /// Why this is no socket to accept connections from; `nil` if it is one.
  var fault: String? {
    guard let type = option(SO_TYPE) else { return "it is no socket (\(String(cString: strerror(errno))))" }
    if type != Int32(SOCK_STREAM.rawValue) { return "it is not a stream socket" }
    return option(SO_ACCEPTCONN) == 1 ? nil : "it does not listen"
  }

  private func option(_ name: Int32) -> Int32? {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
  }
}
