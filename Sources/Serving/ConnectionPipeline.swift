import Glibc
import NIOCore
import NIOPosix

/// How a connection is set up, from the socket to the handler.
struct ConnectionPipeline: Sendable {
  let connections: OpenConnections
  let book: LimitBook
  let pacer: Pacer
  let tls: TLSBook
  let watcher: PublicationWatcher
  /// By event loop.
  let loops: [ObjectIdentifier: LoopService]

  func bootstrap(_ group: MultiThreadedEventLoopGroup, _ speech: Doors.Speech) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // The gate asks for more where there is room.
      .serverChannelOption(.maxMessagesPerRead, value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ConnectionGate(connections: connections))
        }
      }
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      // Requests are small. What a client sends ahead of its answers is to stay in the kernel.
      .childChannelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 4096)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try prepare(channel, isTLS: speech.isTLS) }
      }
  }

  private func prepare(_ channel: any Channel, isTLS: Bool) throws {
    if connections.isClosing { throw OpenConnections.Closing() }
    guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else {
      preconditionFailure("every event loop of the group has its service")
    }
    loop.book.metrics.accepted()
    let client = ClientAddress.of(channel)
    let isOver = { connections.isOver(client) }
    if isOver() { loop.book.metrics.refused() }
    let uptake = Uptake()
    let handler = ConnectionHandler(
      service: loop, watch: ConnectionWatch(book: book, uptake: uptake), client: client,
      limit: isOver() ? AddressLimit(isStillOver: isOver, view: { watcher.view }) : nil, isSecure: isTLS)
    let pipeline = channel.pipeline.syncOperations
    if isTLS {
      // A reload can have taken it away: then nothing is said in the clear.
      guard let handler = tls.handler() else { throw OpenConnections.Closing() }
      try pipeline.addHandler(handler)
    }
    try pipeline.addHandlers(Outflow(pacer: pacer, client: client, uptake: uptake), handler)
  }
}

extension ServingError {
  init(_ error: any Error, at address: ListenAddress) {
    switch error {
    case let error as IOError:
      switch error.errnoCode {
      case EACCES, EPERM: self = .notPermitted(address)
      case EADDRINUSE: self = .isInUse(address)
      case EADDRNOTAVAIL: self = .unknownAddress(address)
      default: self = .cannotListen(address, reason: String(cString: strerror(error.errnoCode)))
      }
    case let error as SocketAddressError.UnknownHost: self = .cannotListen(address, reason: error.errorDescription)
    case is SocketAddressError, is SocketAddressError.FailedToParseIPByteBuffer:
      self = .unknownAddress(address)
    default:
      self = .cannotListen(address, reason: "\(error)")
    }
  }
}
