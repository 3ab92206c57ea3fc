import ArgumentParser
import Mirroring
import Serving
import Settings
import Storage

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve what is published over HTTP, until SIGTERM or SIGINT.",
    discussion: """
      Follows every publish within a second. A stop lets transfers finish.

      EXAMPLES
        maas-mirror serve
        maas-mirror serve --listen 127.0.0.1:8081
      """)

  @OptionGroup var config: ConfigOption
  @Option(name: .long, help: ArgumentHelp("Listen here instead of where mirror.conf says.", valueName: "host:port"))
  var listen: [String] = []

  func run() async throws {
    let workplace = Workplace(try config.settings())
    var addresses = workplace.settings.serve.listen.map { ListenAddress(host: $0.host, port: $0.port) }
    if !listen.isEmpty {
      addresses = try listen.map { text in
        guard let address = ServeSettings.Listen(text) else {
          throw ValidationError("“\(text)” is not an address to listen on; write host:port")
        }
        return ListenAddress(host: address.host, port: address.port)
      }
    }
    let blobs = FileBlobStore(workplace.folder)
    let server = TreeServer(
      publications: PublicationStore(workplace.folder, blobs: blobs), blobs: blobs,
      options: workplace.serverOptions(listen: addresses),
      log: { Console.error($0) })
    // Before the first connection can come: a signal in between would kill instead of stop.
    let stop = StopSignal()
    for address in try await server.start() { Console.print("serving on http://\(address)/") }
    await stop.wait()
    Console.note("stopping")
    await server.stop()
  }
}
