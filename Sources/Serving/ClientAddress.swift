import NIOCore

enum ClientAddress {
  /// Who is at the other end. Behind a Unix socket that is a proxy on this machine, which has no address.
  static func of(_ channel: any Channel) -> String {
    if let address = of(channel.remoteAddress) { return address }
    return channel.localAddress?.pathname == nil ? "-" : "unix:"
  }

  /// Without the port. An IPv4 client of an IPv6 socket is the same client as on an IPv4 socket.
  static func of(_ address: SocketAddress?) -> String? {
    guard let text = address?.ipAddress else { return nil }
    let mapped = "::ffff:"
    return text.hasPrefix(mapped) && text.contains(".") ? String(text.dropFirst(mapped.count)) : text
  }
}
