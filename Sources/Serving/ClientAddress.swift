import NIOCore

enum ClientAddress {
  /// Without the port. An IPv4 client of an IPv6 socket is the same client as on an IPv4 socket.
  static func of(_ address: SocketAddress?) -> String? {
    guard let text = address?.ipAddress else { return nil }
    let mapped = "::ffff:"
    return text.hasPrefix(mapped) && text.contains(".") ? String(text.dropFirst(mapped.count)) : text
  }
}
