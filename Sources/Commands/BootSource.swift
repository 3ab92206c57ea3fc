import OrderedCollections
import Settings
import Simplestreams

/// What points a MAAS region at one publication.
struct BootSource {
  private let publication: String
  private let signed: PublicationSettings.Signed
  private let url: String
  /// Where the region can fetch the key that signs here.
  private let keyringURL: String?
  /// The file on the region controller that is to hold the key.
  private let keyring: String
  /// What has to be done by hand before.
  private let preparation: String?

  /// - Parameter server: scheme, name and port under which the region reaches this server.
  init(_ publication: PublicationSettings, server: String, upstreamKeyring: String?) {
    self.publication = publication.path
    signed = publication.signed
    url = "\(server)/\(publication.path)/"
    switch publication.signed {
    case .local:
      keyringURL = "\(server)/keyring.gpg"
      keyring = "/var/snap/maas/common/maas-mirror.gpg"
      preparation = nil
    case .upstream:
      keyringURL = nil
      keyring = upstreamKeyring.map(Self.region) ?? "/var/snap/maas/common/upstream.gpg"
      preparation =
        switch upstreamKeyring {
        case nil: "put the keyring of whoever signed these images to \(keyring) of the region"
        case keyring: nil
        case let mine?: "copy \(mine) of this machine to \(keyring) of the region, as a binary keyring"
        }
    }
  }

  private var commands: [String] {
    (keyringURL.map { ["wget -O \(keyring) \($0)"] } ?? []) + [
      "maas $PROFILE boot-sources create url=\(url) keyring_filename=\(keyring)", "maas $PROFILE boot-source delete 1",
      "maas $PROFILE boot-resources import",
    ]
  }

  var text: String {
    let title = "# \(publication): on a region controller (MAAS has one boot source; remove the default one)"
    let preparation = preparation.map { ["# \($0)"] } ?? []
    let form = "# or in the UI: Images, Change source, Custom; URL \(url), keyring \(keyringURL ?? keyring)"
    return ([title] + preparation + commands + [form]).joined(separator: "\n")
  }

  var json: JSONValue {
    .object([
      "publication": .string(publication), "signed": .string(signed.rawValue), "url": .string(url),
      "keyring_url": .text(keyringURL), "keyring_filename": .string(keyring), "preparation": .text(preparation),
      "commands": .array(commands.map(JSONValue.string)),
    ])
  }

  /// Where a region has the keyring that upstream's documents are signed with. Canonical's comes with every Ubuntu.
  private static func region(_ keyring: String) -> String {
    keyring.hasPrefix("/usr/share/keyrings/") ? keyring : "/var/snap/maas/common/upstream.gpg"
  }
}
