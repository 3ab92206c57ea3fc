import NIOCore
import NIOPosix
package import Storage
import Synchronization

/// Serves what is published, follows every switch, and stops without breaking a transfer.
package final class TreeServer: Sendable {
  private struct Running {
    var group: MultiThreadedEventLoopGroup
    var disk: NIOThreadPool
    var doors: Doors
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
    opener = BlobOpener(blobs: blobs, log: log)
    watcher = PublicationWatcher(
      publications: publications,
      loader: TreeLoader(
        publications: publications, blobs: blobs, grace: options.grace, expected: options.expected,
        upstreamKeyrings: options.upstreamKeyrings), now: options.now, log: log)
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
    let loops = loops(group)
    let doors = Doors(pipeline: pipeline(loops), group: group)
    running.withLock { $0 = Running(group: group, disk: disk, doors: doors) }
    OpenFileLimit.raise()
    do {
      for (loop, service) in loops {
        try await loop.submit { ShortTurns.take() }.get()
        try await service.turns.listen(on: loop)
      }
      show(try TLSBook.read(options))
      ledger.log = try accessLog(for: options.log)
      // Before the first connection: whoever gets through finds everything there.
      try await disk.runIfActive {
        self.watcher.look()
        self.sampler.look()
      }
      if options.inherited.isEmpty {
        try await doors.turn(to: options.listen)
      } else {
        try await doors.adopt(options.inherited)
      }
      let following = follow(on: disk, from: group.next())
      running.withLock { $0?.following = following }
      return doors.addresses
    } catch {
      await stop()
      throw error
    }
  }

  /// Lets what is being sent finish, for as long as `drain` allows and nobody calls `hurry`.
  package func stop() async {
    let taken = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let taken else { return }
    await taken.doors.close()
    connections.finish()
    let drain = options.withLock { $0.drain }
    if await !connections.waitUntilEmpty(for: .seconds(drain)) {
      // Those that are open and have all that they asked for lose nothing.
      let count = ledger.counts.inProgress
      connections.cut()
      if count > 0 {
        log("\(count == 1 ? "1 transfer" : "\(count) transfers") did not end before the stop and had to be cut off")
      }
    }
    for task in taken.following { task.cancel() }
    // The last downloads. It fails for a pool that never ran, and then there were none.
    try? await taken.disk.runIfActive { self.settleDownloads() }
    // What could not be written by then, nobody reads.
    _ = await ledger.log?.file.waitUntilWritten(for: .seconds(2))
    opener.stop()
    // Nothing is left that could fail: both are stopped once, here.
    try? await taken.disk.shutdownGracefully()
    try? await taken.group.shutdownGracefully()
  }

  /// Ends a stop that is under way: what is still being sent is cut off.
  package func hurry() { connections.hurry() }

  private func loops(_ group: MultiThreadedEventLoopGroup) -> [(any EventLoop, LoopService)] {
    let (watcher, opener) = (watcher, opener)
    let service = ConnectionService(
      generation: { watcher.generation },
      responder: { Responder(view: watcher.view, unready: opener.unready, metrics: { self.metrics }) }, opener: opener,
      ledger: ledger, limits: book, now: now, log: log)
    return group.makeIterator().map { ($0, LoopService(service, on: $0)) }
  }

  private func pipeline(_ loops: [(any EventLoop, LoopService)]) -> ConnectionPipeline {
    ConnectionPipeline(
      connections: connections, book: book, pacer: pacer, tls: tls, watcher: watcher,
      loops: Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0), $1) }))
  }

  /// Puts other settings in force, for connections that are open as well; nothing is cut. On an error all is as it was.
  /// Returns the addresses that are listened on now. Sockets of the service manager stay as they are.
  package func apply(_ next: ServerOptions) async throws -> [ListenAddress] {
    guard let doors = running.withLock({ $0?.doors }) else { return [] }
    var next = next
    next.inherited = options.withLock { $0.inherited }
    let page = try TLSBook.read(next)
    let log = try accessLog(for: next.log)
    if next.inherited.isEmpty { try await turn(doors, to: next.listen, page) }
    show(page)
    let isSameFile = log != nil && log?.file === ledger.log?.file
    ledger.log = log
    if isSameFile { log?.file.reopen() }
    options.withLock { [next] in $0 = next }
    book.limits = next.limits
    connections.wake()
    watcher.follow(keepingReplaced: next.grace, expecting: next.expected, upstreamKeyrings: next.upstreamKeyrings)
    sampler.read(from: next.sources)
    clients.keep(for: next.clientHistory)
    return doors.addresses
  }

  /// A certificate is there before the first who could ask for it, and goes after the last.
  private func turn(_ doors: Doors, to listen: [ListenAddress], _ page: TLSBook.Page) async throws(ServingError) {
    let before = tls.page
    if page.hasIdentity { tls.turn(to: page) }
    do throws(ServingError) {
      try await doors.turn(to: listen)
    } catch {
      tls.turn(to: before)
      throw error
    }
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

  private func accessLog(for wanted: ServerOptions.Log?) throws(ServingError) -> ExchangeLedger.Log? {
    guard let wanted else { return nil }
    // The file that is open already goes on, with all that waits for it.
    if let open = ledger.log?.file, open.path == wanted.file { return .init(format: wanted.format, file: open) }
    return .init(format: wanted.format, file: try AccessLog(path: wanted.file, report: log))
  }

  private var metrics: String {
    MetricsPage(
      counts: ledger.counts, connections: connections.count, sample: sampler.sample,
      publications: watcher.view.publications, droppedLines: ledger.log?.file.dropped ?? 0, now: now(),
      downloads: ledger.downloads.counts, droppedDownloads: ledger.droppedDownloads,
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
    clients.write(ledger.settle(watcher.view), watcher.loaded, now: now())
  }
}
