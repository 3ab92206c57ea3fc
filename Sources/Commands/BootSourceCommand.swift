import ArgumentParser
import Glibc
import Settings

struct BootSourceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot-source",
    abstract: "Print what a MAAS admin types to use this mirror.",
    discussion: """
      EXAMPLES
        maas-mirror boot-source
        maas-mirror boot-source --host mirror.example:8080
      """)

  @OptionGroup var config: ConfigOption
  @Option(
    name: .long, help: ArgumentHelp("The name and port under which regions reach this server.", valueName: "host"))
  var host: String?

  func run() async throws {
    let settings = try config.settings()
    let port = settings.serve.listen.first?.port ?? 8080
    let address = host ?? "\(Self.hostName):\(port)"
    for publication in settings.publications {
      let source = settings.sources.first { publication.sources.contains($0.name) }
      Console.print(Self.lines(publication, address: address, upstreamKeyring: source?.keyring))
    }
  }

  static func lines(_ publication: PublicationSettings, address: String, upstreamKeyring: String?) -> String {
    let url = "http://\(address)/\(publication.path)/"
    let isLocal = publication.signed == .local
    let keyring =
      isLocal
      ? "/var/snap/maas/common/maas-mirror.gpg" : upstreamKeyring.map(region) ?? "/var/snap/maas/common/upstream.gpg"
    var lines = ["# \(publication.path): on a region controller (MAAS has one boot source; remove the default one)"]
    if isLocal {
      lines.append("wget -O \(keyring) http://\(address)/keyring.gpg")
    } else if let upstreamKeyring, keyring != upstreamKeyring {
      lines.append("# copy \(upstreamKeyring) of this machine to \(keyring) of the region, as a binary keyring")
    } else if upstreamKeyring == nil {
      lines.append("# put the keyring of whoever signed these images to \(keyring) of the region")
    }
    lines += [
      "maas $PROFILE boot-sources create url=\(url) keyring_filename=\(keyring)",
      "maas $PROFILE boot-source delete 1",
      "maas $PROFILE boot-resources import",
      "# or in the UI: Images, Change source, Custom; URL \(url), keyring \(isLocal ? "http://\(address)/keyring.gpg" : keyring)",
    ]
    return lines.joined(separator: "\n")
  }

  /// Where a region has the keyring that upstream's documents are signed with. Canonical's comes with every Ubuntu.
  private static func region(_ keyring: String) -> String {
    keyring.hasPrefix("/usr/share/keyrings/") ? keyring : "/var/snap/maas/common/upstream.gpg"
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, 255) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
