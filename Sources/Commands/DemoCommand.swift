import ArgumentParser
import Glibc
import Mirroring
import Serving
import Settings
import Storage
import Transfer

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Show the whole job on made-up images, on this machine alone.",
    discussion: """
      Makes an upstream with a fresh key, serves it on loopback, and runs list, plan, sync, publish and serve against \
      it. Keeps serving until it is stopped with Ctrl-C; --once stops after checking every advertised file over HTTP.

      EXAMPLES
        maas-mirror demo
        maas-mirror demo --once
      """)

  @Flag(name: .long, help: "Check every advertised file over HTTP, then stop.")
  var once = false
  @Option(name: .long, help: "The port of the demo's mirror; 0 for any.")
  var port = 8080
  @Option(
    name: .long,
    help: ArgumentHelp("Keep the demo's files here; by default in a folder that goes away.", valueName: "folder"))
  var data: String?

  func validate() throws {
    if !(0...65535).contains(port) { throw ValidationError("“\(port)” is no port; choose one of 0 to 65535") }
  }

  func run() async throws {
    let stop = StopSignal()
    let (folder, isTemporary) = try place()
    defer { if isTemporary { DemoFolder.remove(folder) } }
    Console.print("1. An upstream, with a fresh key, in \(folder)/upstream")
    let upstreamFolder = DataFolder(root: "\(folder)/upstream")
    let keyring = try DemoUpstream(folder: upstreamFolder).make(now: Clock.now())
    try DemoFolder.write(keyring, to: "\(folder)/upstream-keyring.gpg")
    let upstream = server(upstreamFolder, port: 0)
    let upstreamAddress = try await upstream.start()[0]
    let config = "\(folder)/mirror.conf"
    // Before all the work: a port that is taken is no surprise at its end.
    let mirrorFolder = DataFolder(root: "\(folder)/mirror")
    try mirrorFolder.create()
    let mirror = server(mirrorFolder, port: once && port == 8080 ? 0 : port)
    let address = try await start(mirror)
    try DemoFolder.write(Array(configuration(folder, upstreamAddress, port: address.port).utf8), to: config)
    Console.print(
      "   serves http://\(upstreamAddress)/\(DemoUpstream.publication)/\n\n2. The mirror's configuration, \(config)\n")
    Console.print(configuration(folder, upstreamAddress, port: address.port))
    let steps = [
      ("3. A signing key", ["keys", "create"]), ("4. What upstream offers", ["list"]),
      ("5. What a sync would do", ["plan"]), ("6. Sync", ["sync"]), ("7. Publish", ["publish"]),
      ("8. Where things stand", ["status"]),
    ]
    for (title, arguments) in steps {
      if stop.isSet { throw CommandFailure(code: ExitTable.partial, message: "stopped before step \(title)") }
      try await step(title, arguments, config)
    }
    try await waitUntilPublished(address)
    Console.print("\n9. Serving http://\(address)/\(DemoUpstream.publication)/")
    let count = try await DemoCheck(address: address.description, publication: DemoUpstream.publication).run()
    Console.print("   checked over HTTP: \(count) advertised files, every size and hash is right\n")
    Console.print("10. What a MAAS admin types next")
    let workplace = Workplace(try MirrorSettings.load(config))
    let publication = workplace.settings.publications[0]
    let bootSource = BootSource(
      publication, server: "http://\(address)", upstreamKeyring: nil, tree: workplace.publishedTree(publication))
    if let bootSource { Console.print(bootSource.text) }
    if !once {
      Console.print("\nServing until Ctrl-C. Have a look: http://\(address)/")
      await stop.wait()
    }
    await mirror.stop()
    await upstream.stop()
  }

  private func start(_ mirror: TreeServer) async throws -> ListenAddress {
    do {
      return try await mirror.start()[0]
    } catch let error as ServingError {
      throw CommandFailure(
        code: ExitTable.code(of: error) ?? ExitTable.configuration,
        message: "\(error); for the demo: choose another port with --port")
    }
  }

  /// The server follows a publish within a second.
  private func waitUntilPublished(_ address: ListenAddress) async throws {
    let curl = CurlClient(.init(connections: 1, userAgent: "maas-mirror/\(Program.version) demo"))
    defer { curl.close() }
    let url = try RemoteURL("http://\(address)/\(DemoUpstream.publication)/streams/v1/index.sjson")
    for _ in 0..<50 {
      let request = TransferRequest(url: url, byteLimit: 1 << 20)
      // A 404 is what is waited out; the check that follows tells what does not go away.
      if (try? await curl.get(request, into: MemorySink(limit: 1 << 20))) != nil { return }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  private func place() throws -> (folder: String, isTemporary: Bool) {
    if let data {
      try DataFolder(root: "\(data)/mirror").create()
      return (data.hasPrefix("/") ? data : "\(DemoFolder.current)/\(data)", false)
    }
    return (try DemoFolder.make(in: Workplace.temporaryFolder), true)
  }

  private func server(_ folder: DataFolder, port: Int) -> TreeServer {
    let blobs = FileBlobStore(folder)
    return TreeServer(
      publications: PublicationStore(folder, blobs: blobs), blobs: blobs,
      options: ServerOptions(
        listen: [ListenAddress(host: "127.0.0.1", port: port)], grace: 7 * 86400, drain: 5, threads: 1, now: Clock.now),
      log: { Console.error($0) })
  }

  private func configuration(_ folder: String, _ upstream: ListenAddress, port: Int) -> String {
    """
    data = "\(folder)/mirror"

    [serve]
    listen = "127.0.0.1:\(port)"

    # The demo's own upstream, which is there for as long as the demo runs.
    [[source]]
    name = "stable"
    url = "http://\(upstream)/\(DemoUpstream.publication)/"
    keyring = "\(folder)/upstream-keyring.gpg"
    keep = 2

    [[source.select]]
    os = ["ubuntu"]
    release = ["jammy", "noble"]
    arch = ["amd64", "arm64"]

    [[source.select]]
    os = ["centos"]

    [[publication]]
    path = "\(DemoUpstream.publication)"
    sources = ["stable"]
    signed = "local"

    """
  }

  private func step(_ title: String, _ arguments: [String], _ config: String) async throws {
    Console.print("\n\(title): maas-mirror \(arguments.joined(separator: " "))")
    var command = try MaasMirrorCommand.parseAsRoot(arguments + ["--config", config])
    if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
  }
}
