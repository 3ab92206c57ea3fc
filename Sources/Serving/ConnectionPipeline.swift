import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// How a connection is set up, from the socket to the handler.
struct ConnectionPipeline: Sendable {
  let connections: OpenConnections
  let book: LimitBook
  let pacer: Pacer
  let watcher: PublicationWatcher
  let opener: BlobOpener
  let ledger: ExchangeLedger
  let metrics: @Sendable () -> String
  let now: @Sendable () -> Int64
  let log: @Sendable (String) -> Void

  func bootstrap(_ group: MultiThreadedEventLoopGroup) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // One at a time: the gate looks between two.
      .serverChannelOption(.maxMessagesPerRead, value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ConnectionGate(connections: connections))
        }
      }
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try prepare(channel) }
      }
  }

  private func prepare(_ channel: any Channel) throws {
    if connections.isClosing { throw OpenConnections.Closing() }
    ledger.metrics.accepted()
    let watch = ConnectionWatch(book: book)
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandlers([watch, Outflow(pacer: pacer), StrayBytesFilter(watch: watch)])
    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: false)
    try pipeline.addHandler(ExchangeObserver(ledger: ledger))
    let address = ClientAddress.of(channel.remoteAddress) ?? ""
    let isOver = { connections.isOver(address) }
    if isOver() {
      ledger.metrics.refused()
      try pipeline.addHandler(
        AddressLimit(watch: watch, isStillOver: isOver) { .init(target: $0, view: watcher.view) })
    }
    try pipeline.addHandler(
      ConnectionHandler(
        responder: { Responder(view: watcher.view, unready: opener.unready, metrics: metrics) }, opener: opener,
        watch: watch,
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
