import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
package import Storage
import Synchronization

/// Serves what is published, follows every switch, and stops without breaking a transfer.
package final class TreeServer: Sendable {
  private let options: ServerOptions
  private let blobs: any BlobStore
  private let publications: PublicationStore
  private let loader: TreeLoader
  private let log: @Sendable (String) -> Void
  private let group: MultiThreadedEventLoopGroup
  private let view: Mutex<TreeView>
  private let channels = Mutex<(listening: [any Channel], open: [ObjectIdentifier: any Channel])>(([], [:]))
  private let watching = Mutex<Task<Void, Never>?>(nil)

  package init(
    publications: PublicationStore, blobs: any BlobStore, options: ServerOptions,
    log: @escaping @Sendable (String) -> Void
  ) {
    self.options = options
    self.blobs = blobs
    self.publications = publications
    self.log = log
    loader = TreeLoader(publications: publications, blobs: blobs, grace: options.grace)
    group = MultiThreadedEventLoopGroup(numberOfThreads: options.threads)
    view = Mutex(TreeView([], replaced: [], keyring: nil))
  }

  /// Returns the addresses that are listened on, with the ports that the system chose for port 0.
  package func start() async throws -> [ListenAddress] {
    let stamp = try publications.stamp()
    let first = try loader.load(now: options.now())
    view.withLock { $0 = first }
    var bound: [ListenAddress] = []
    for address in options.listen {
      do {
        let channel = try await bootstrap().bind(host: address.host, port: address.port).get()
        channels.withLock { $0.listening.append(channel) }
        bound.append(ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port))
      } catch {
        await stop()
        throw ServingError.cannotListen(address, reason: Self.reason(error))
      }
    }
    watching.withLock { $0 = Task { await self.follow(from: stamp) } }
    return bound
  }

  /// Lets what is being sent finish, for as long as `drain` allows.
  package func stop() async {
    watching.withLock { $0?.cancel() }
    let (listening, open) = channels.withLock { ($0.listening, Array($0.open.values)) }
    for channel in listening { try? await channel.close().get() }
    for channel in open { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    let deadline = ContinuousClock.now + .seconds(options.drain)
    while ContinuousClock.now < deadline, channels.withLock({ !$0.open.isEmpty }) {
      try? await Task.sleep(for: .milliseconds(20))
    }
    let late = channels.withLock { Array($0.open.values) }
    if !late.isEmpty { log("\(late.count) transfers did not end within \(options.drain) s and were cut off") }
    for channel in late { channel.close(promise: nil) }
    try? await group.shutdownGracefully()
  }

  private func bootstrap() -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.prepare(channel) }
      }
  }

  private func prepare(_ channel: any Channel) throws {
    let id = ObjectIdentifier(channel)
    channels.withLock { $0.open[id] = channel }
    channel.closeFuture.whenComplete { _ in self.channels.withLock { _ = $0.open.removeValue(forKey: id) } }
    try channel.pipeline.syncOperations.addHandlers(
      IdleStateHandler(allTimeout: .seconds(75)), StrayBytesFilter())
    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
      withPipeliningAssistance: true, withErrorHandling: true)
    try channel.pipeline.syncOperations.addHandler(
      ConnectionHandler(
        responder: { Responder(view: self.view.withLock { $0 }, unready: { self.unready($0) }) }, blobs: blobs,
        now: options.now, log: log))
  }

  private func unready(_ view: TreeView) -> [String] {
    if view.publications.isEmpty { return ["nothing is published yet; run maas-mirror sync --publish"] }
    return view.publications.flatMap { publication in
      publication.tree.documents.compactMap { file in
        let size = (try? blobs.size(of: file.sha256)) ?? nil
        return size == file.size ? nil : "/\(publication.path)/\(file.path) is missing from the store"
      }
    }
  }

  /// Looks for switches four times a second: a rename in the folder shows at once, also on network file systems.
  private func follow(from first: [String]) async {
    var stamp = first
    var loaded = options.now()
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(250))
      do {
        let next = try publications.stamp()
        // Once an hour in any case: replaced trees leave when their grace period ends.
        if next == stamp, options.now() - loaded < 3600 { continue }
        let fresh = try loader.load(now: options.now())
        view.withLock { $0 = fresh }
        (stamp, loaded) = (next, options.now())
      } catch {
        log("what is published cannot be read, so the last good state is served on: \(error)")
        try? await Task.sleep(for: .seconds(5))
      }
    }
  }

  private static func reason(_ error: any Error) -> String {
    (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
  }
}
