package import Storage

/// What points a MAAS region at one publication: the lines of its CLI and what its UI asks for. The first page and
/// “boot-source” say the same.
package struct RegionSetup: Sendable, Equatable {
  package let url: String
  /// Where the region fetches the key that signs here; `nil` where upstream's signatures are passed on.
  package let keyringURL: String?
  /// The file on the region controller that is to hold the key.
  package let keyring: String
  /// What has to be done by hand before.
  package let preparation: String?
  private let selections: [ImageSelection]

  /// - Parameters:
  ///   - server: scheme, name and port under which the region reaches this server.
  ///   - upstreamKeyring: of a publication that upstream signs: the file that it is verified with here.
  ///   - tree: what is published; `nil` for nothing yet.
  package init(
    _ path: PublicationPath, signed: PublishedTree.Signing, server: String, upstreamKeyring: String?,
    tree: PublishedTree?
  ) {
    self.init(
      path, signed: signed, server: server, upstreamKeyring: upstreamKeyring,
      releases: tree.map { ReleaseSummary.all(of: $0.items) } ?? [])
  }

  init(
    _ path: PublicationPath, signed: PublishedTree.Signing, server: String, upstreamKeyring: String?,
    releases: [ReleaseSummary]
  ) {
    url = "\(server)/\(path)/"
    selections = releases.compactMap(ImageSelection.init)
    switch signed {
    case .local:
      keyringURL = "\(server)/keyring.gpg"
      // A folder that the snap of MAAS can read.
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

  /// Where a region has the keyring that upstream's documents are signed with. Canonical's comes with every Ubuntu.
  private static func region(_ keyring: String) -> String {
    keyring.hasPrefix("/usr/share/keyrings/") ? keyring : "/var/snap/maas/common/upstream.gpg"
  }

  /// To be typed in this order. The source that is there is changed, rather than another one made: MAAS works with one.
  package var commands: [String] {
    (keyringURL.map { ["wget -O \(keyring) \($0)"] } ?? []) + [
      "maas $PROFILE boot-sources read", "maas $PROFILE boot-source update $ID url=\(url) keyring_filename=\(keyring)",
    ] + selections.map { "maas $PROFILE boot-source-selections create $ID \($0)" } + [
      "maas $PROFILE boot-resources import"
    ]
  }

  /// What the lines do not say of themselves.
  package static let notes = [
    "$PROFILE is the name that “maas login” was given, and $ID the “id” that “boot-sources read” shows. Where that shows "
      + "several sources, delete the others with “boot-source delete”: MAAS works with one.",
    "MAAS refuses to select a release that it has selected already, and for some seconds after “boot-source update” one "
      + "that it did not find in the old source.",
  ]
}

/// A release of which a region can be told to fetch images; bootloaders it fetches by itself.
struct ImageSelection: Equatable, CustomStringConvertible {
  private let system: String
  private let release: String
  private let architectures: [String]

  /// `nil` for what images.maas.io has no such path for, or would mean something else to a shell: upstream chose the names.
  init?(_ summary: ReleaseSummary) {
    let parts = summary.name.split(separator: "/").map(String.init)
    switch parts.count {
    case 1: (system, release) = ("ubuntu", parts[0])
    case 2 where parts[0] == "centos": (system, release) = ("centos", parts[1])
    default: return nil
    }
    architectures = summary.architectures
    guard ([release] + architectures).allSatisfy(Self.isPlain) else { return nil }
  }

  private static func isPlain(_ word: String) -> Bool {
    word.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || "-._".utf8.contains($0) }
  }

  /// As the CLI takes it: a list is a word that comes several times.
  var description: String {
    let arches = architectures.map { "arches=\($0)" }.joined(separator: " ")
    return "os=\(system) release=\(release) \(arches) subarches=\"*\" labels=\"*\""
  }
}
