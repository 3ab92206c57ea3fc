import ArgumentParser
import Mirroring
import Serving
import Settings
import Storage

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve what is published over HTTP and HTTPS, until SIGTERM or SIGINT.",
    discussion: """
      Follows every publish within a second. A stop lets transfers finish; a second SIGTERM does not. \
      SIGHUP reads mirror.conf and the certificate again, listens where it says then, and opens the access log anew.

      EXAMPLES
        maas-mirror serve
        maas-mirror serve --listen 127.0.0.1:8081
      """)

  @OptionGroup var config: ConfigOption
  @Option(name: .long, help: ArgumentHelp("Listen here instead of where mirror.conf says.", valueName: "host:port"))
  var listen: [String] = []

  func run() async throws {
    Console.waitForNobody()
    // Before anything starts a thread or a program: these are variables and descriptors for this process alone.
    let inherited = SocketActivation.take()
    let notifier = ServiceNotifier()
    // Before the first connection can come: a signal in between would kill instead of stop.
    let signals = ServiceSignals()
    let workplace = Workplace(try config.settingsWithoutUpstream())
    var options = try workplace.serverOptions(typed: listen)
    // What is typed by hand is meant.
    if listen.isEmpty { options.inherited = inherited }
    let blobs = FileBlobStore(workplace.folder)
    let server = TreeServer(
      publications: PublicationStore(workplace.folder, blobs: blobs), blobs: blobs, options: options,
      log: { Console.error($0) })
    let addresses = try await server.start()
    for address in addresses { Console.remark("serving on \(address.url)") }
    let running = RunningService(
      server: server, config: config, typed: listen, started: workplace.settings,
      isActivated: !options.inherited.isEmpty,
      notifier: notifier)
    await running.run(on: addresses, until: signals)
  }
}
