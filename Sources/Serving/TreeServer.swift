import NIOCore
import NIOPosix
package import Storage
import Synchronization

/// Serves what is published, follows every switch, and stops without breaking a transfer.
package final class TreeServer: Sendable {
  private struct Running {
    var group: MultiThreadedEventLoopGroup
    var disk: NIOThreadPool
    var listening: [any Channel] = []
    var following: [RepeatedTask] = []
  }

  private let options: Mutex<ServerOptions>
  private let now: @Sendable () -> Int64
  private let opener: BlobOpener
  private let watcher: PublicationWatcher
  private let log: @Sendable (String) -> Void
  private let ledger: ExchangeLedger
  private let clients: ClientBook
  private let sampler: MetricsSampler
  private let book: LimitBook
  private let pacer: Pacer
  private let tls = TLSBook()
  private let connections: OpenConnections
  private let running = Mutex<Running?>(nil)

  package init(
    publications: PublicationStore, blobs: any BlobStore, options: ServerOptions,
    log: @escaping @Sendable (String) -> Void
  ) {
    self.options = Mutex(options)
    now = options.now
    self.log = log
    opener = BlobOpener(blobs: blobs)
    watcher = PublicationWatcher(
      publications: publications,
      loader: TreeLoader(publications: publications, blobs: blobs, grace: options.grace), now: options.now, log: log)
    ledger = ExchangeLedger(watcher: watcher)
    clients = ClientBook(folder: publications.folder, keep: options.clientHistory, log: log)
    sampler = MetricsSampler(sources: options.sources)
    book = LimitBook(options.limits)
    pacer = Pacer(book: book)
    connections = OpenConnections(book: book)
  }

  /// Returns the addresses that are listened on, with the ports that the system chose for port 0. To be called once.
  package func start() async throws -> [ListenAddress] {
    let options = options.withLock { $0 }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: options.threads)
    // One for what is published, one for what is told of it, one for what was downloaded.
    let disk = NIOThreadPool(numberOfThreads: 3)
    disk.start()
    running.withLock { $0 = Running(group: group, disk: disk) }
    OpenFileLimit.raise()
    do {
      show(try TLSBook.read(options.identity))
      try openLog(options.log)
      // Before the first connection: whoever gets through finds everything there.
      try await disk.runIfActive {
        self.watcher.look()
        self.sampler.look()
      }
      let bound = try await listen(options, group)
      let following = follow(on: disk, from: group.next())
      running.withLock { $0?.following = following }
      return bound
    } catch {
      await stop()
      throw error
    }
  }

  /// Lets what is being sent finish, for as long as `drain` allows.
  package func stop() async {
    let taken = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let taken else { return }
    // Their failures would say that they are closed already.
    for channel in taken.listening { try? await channel.close().get() }
    connections.finish()
    let drain = options.withLock { $0.drain }
    if await !connections.waitUntilEmpty(for: .seconds(drain)) {
      let count = connections.cut()
      log("\(count) transfers did not end within \(drain) s and were cut off")
    }
    for task in taken.following { task.cancel() }
    // The last downloads. It fails for a pool that never ran, and then there were none.
    try? await taken.disk.runIfActive { self.settleDownloads() }
    // What could not be written by then, nobody reads.
    _ = await ledger.log?.file.waitUntilWritten(for: .seconds(2))
    // Nothing is left that could fail: both are stopped once, here.
    try? await taken.disk.shutdownGracefully()
    try? await taken.group.shutdownGracefully()
  }

  private func listen(_ options: ServerOptions, _ group: MultiThreadedEventLoopGroup) async throws -> [ListenAddress] {
    let (watcher, opener) = (watcher, opener)
    let service = ConnectionService(
      generation: { watcher.generation },
      responder: { Responder(view: watcher.view, unready: opener.unready, metrics: { self.metrics }) }, opener: opener,
      ledger: ledger, now: now, log: log)
    let pipeline = ConnectionPipeline(
      connections: connections, book: book, pacer: pacer, tls: tls, watcher: watcher, service: service,
      loops: Dictionary(
        uniqueKeysWithValues: group.makeIterator().map { (ObjectIdentifier($0), LoopService(service)) }))
    let doors = Doors(pipeline: pipeline, group: group)
    var channels: [any Channel] = []
    // Also what was opened before a failure is closed by the stop that follows.
    defer { running.withLock { $0?.listening = channels } }
    if options.inherited.isEmpty {
      for address in options.listen { channels.append(try await doors.open(address, beside: options.listen)) }
    } else {
      for socket in options.inherited { channels.append(try await doors.open(socket)) }
    }
    if !options.inherited.isEmpty {
      return zip(channels, options.inherited).compactMap { Doors.address($0, isTLS: $1.isTLS) }
    }
    return zip(channels, options.listen).map { channel, address in
      ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port, isTLS: address.isTLS)
    }
  }

  /// Puts other settings in force, for connections that are open as well; nothing is cut. On an error all is as it was.
  /// What is listened on changes only with a new start.
  package func apply(_ next: ServerOptions) async throws {
    let page = try TLSBook.read(next.identity)
    try openLog(next.log)
    show(page)
    options.withLock { options in
      let (listen, inherited) = (options.listen, options.inherited)
      options = next
      (options.listen, options.inherited) = (listen, inherited)
    }
    book.limits = next.limits
    connections.wake()
    watcher.keepReplaced(for: next.grace)
    sampler.read(from: next.sources)
    clients.keep(for: next.clientHistory)
  }

  /// Returns when every event loop has come round: a loop that hangs answers nobody.
  package func pulse() async throws {
    guard let group = running.withLock({ $0?.group }) else { return }
    for loop in group.makeIterator() { try await loop.submit {}.get() }
  }

  /// After a rotation.
  package func reopenLog() { ledger.log?.file.reopen() }

  private func show(_ page: TLSBook.Page) {
    tls.turn(to: page)
    if let warning = page.warning(now: now()) { log(warning) }
  }

  private func openLog(_ wanted: ServerOptions.Log?) throws(ServingError) {
    guard let wanted else { return ledger.log = nil }
    // The file that is open already goes on, with all that waits for it.
    if let open = ledger.log?.file, open.path == wanted.file {
      open.reopen()
      ledger.log?.format = wanted.format
    } else {
      ledger.log = .init(format: wanted.format, file: try AccessLog(path: wanted.file, report: log))
    }
  }

  private var metrics: String {
    MetricsPage(
      counts: ledger.metrics.counts, connections: connections.count, sample: sampler.sample,
      publications: watcher.view.publications, droppedLines: ledger.log?.file.dropped ?? 0, now: now(),
      downloads: ledger.downloads.counts, droppedDownloads: ledger.downloads.recent.dropped,
      lostVisits: clients.lost, certificateExpires: tls.expires
    ).text
  }

  /// An event loop keeps the time and the pool does the reading: neither waits for what else the process does.
  private func follow(on disk: NIOThreadPool, from loop: any EventLoop) -> [RepeatedTask] {
    let watching = loop.scheduleRepeatedAsyncTask(initialDelay: .milliseconds(250), delay: .milliseconds(250)) { _ in
      disk.runIfActive(eventLoop: loop) { self.watcher.look() }
    }
    let pause = TimeAmount.seconds(MetricsSampler.interval)
    let sampling = loop.scheduleRepeatedAsyncTask(initialDelay: pause, delay: pause) { _ in
      disk.runIfActive(eventLoop: loop) { self.sampler.look() }
    }
    let settling = TimeAmount.seconds(DownloadBook.interval)
    let counting = loop.scheduleRepeatedAsyncTask(initialDelay: settling, delay: settling) { _ in
      disk.runIfActive(eventLoop: loop) { self.settleDownloads() }
    }
    return [watching, sampling, counting]
  }

  private func settleDownloads() {
    clients.write(ledger.downloads.settle(watcher.view), watcher.loaded, now: now())
  }
}
