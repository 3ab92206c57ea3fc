import NIOCore
import NIOPosix

/// Opens the sockets that are listened on.
struct Doors {
  let pipeline: ConnectionPipeline
  let group: MultiThreadedEventLoopGroup

  func open(_ address: ListenAddress, beside others: [ListenAddress]) async throws(ServingError) -> any Channel {
    if address.isTLS, !pipeline.hasIdentity { throw .noIdentity(address) }
    var bootstrap = pipeline.bootstrap(group, isTLS: address.isTLS)
    // An IPv6 socket on all addresses takes IPv4 as well, which would keep an IPv4 socket of the same port out.
    if address.host.contains(":"), others.contains(where: { !$0.host.contains(":") && $0.port == address.port }) {
      bootstrap = bootstrap.serverChannelOption(
        ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
    }
    do {
      return try await bootstrap.bind(host: address.host, port: address.port).get()
    } catch {
      throw ServingError(error, at: address)
    }
  }

  func open(_ socket: InheritedSocket) async throws(ServingError) -> any Channel {
    if let fault = socket.fault { throw .cannotInherit(socket.descriptor, reason: fault) }
    do {
      return try await pipeline.bootstrap(group, isTLS: socket.isTLS).withBoundSocket(socket.descriptor).get()
    } catch {
      throw .cannotInherit(socket.descriptor, reason: "\(error)")
    }
  }

  /// `nil` for a socket that has no port.
  static func address(_ channel: any Channel, isTLS: Bool) -> ListenAddress? {
    guard let address = channel.localAddress, let host = address.ipAddress, let port = address.port else { return nil }
    return ListenAddress(host: host, port: port, isTLS: isTLS)
  }
}
