import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// How a connection is set up, from the socket to the handler.
struct ConnectionPipeline: Sendable {
  let connections: OpenConnections
  let watcher: PublicationWatcher
  let opener: BlobOpener
  let now: @Sendable () -> Int64
  let log: @Sendable (String) -> Void

  func bootstrap(_ group: MultiThreadedEventLoopGroup) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try prepare(channel) }
      }
  }

  private func prepare(_ channel: any Channel) throws {
    try connections.add(channel)
    let watch = ConnectionWatch()
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandlers(watch, StrayBytesFilter(watch: watch))
    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: false)
    try pipeline.addHandler(
      ConnectionHandler(
        responder: { Responder(view: watcher.view, unready: opener.unready) }, opener: opener, watch: watch,
        now: now, log: log))
  }
}

extension ServingError {
  init(_ error: any Error, at address: ListenAddress) {
    switch error {
    case let error as IOError:
      switch error.errnoCode {
      case EACCES, EPERM: self = .notPermitted(address)
      case EADDRNOTAVAIL: self = .unknownAddress(address)
      default: self = .cannotListen(address, reason: String(cString: strerror(error.errnoCode)))
      }
    case is SocketAddressError, is SocketAddressError.FailedToParseIPByteBuffer:
      self = .unknownAddress(address)
    default:
      self = .cannotListen(address, reason: "\(error)")
    }
  }
}
