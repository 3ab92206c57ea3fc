import ArgumentParser
import Glibc
import Settings
import Simplestreams

struct BootSourceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot-source",
    abstract: "Print what a MAAS admin types to use this mirror.",
    discussion: """
      EXAMPLES
        maas-mirror boot-source
        maas-mirror boot-source --host mirror.example:8080
        maas-mirror boot-source --json
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @Option(
    name: .long, help: ArgumentHelp("The name and port under which regions reach this server.", valueName: "host"))
  var host: String?

  /// The lines are to be pasted into a shell.
  func validate() throws {
    guard let host else { return }
    do throws(Address.Refusal) {
      _ = try Address("http://\(host)/")
      if host.contains(where: "/?@".contains) { throw .host }
    } catch {
      throw ValidationError("“\(host)” is not a host; write it as in mirror.example:8080, without http:// and path")
    }
  }

  func run() async throws {
    let settings = try config.settingsWithoutUpstream()
    let isTLS = settings.serve.tls.map { $0.listen == nil } ?? false
    let port = settings.serve.listen.first?.port ?? 8080
    let server = "\(isTLS ? "https" : "http")://\(host ?? "\(Self.hostName):\(port)")"
    let workplace = Workplace(settings)
    let bootSources = settings.publications.compactMap { publication in
      BootSource(
        publication, server: server, upstreamKeyring: workplace.upstreamKeyring(of: publication),
        tree: workplace.publishedTree(publication))
    }
    if format.json { return Console.json(.array(bootSources.map(\.json))) }
    if bootSources.isEmpty { Console.note("no [[publication]] is configured in \(settings.file); add one") }
    for bootSource in bootSources { Console.print(bootSource.text) }
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, 255) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
