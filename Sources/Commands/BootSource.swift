import OrderedCollections
import Serving
import Settings
import Simplestreams
import Storage

/// What points a MAAS region at one publication of mirror.conf.
struct BootSource {
  private let publication: String
  private let signed: PublicationSettings.Signed
  private let setup: RegionSetup

  /// - Parameters:
  ///   - server: scheme, name and port under which the region reaches this server.
  ///   - tree: what is published there; `nil` for nothing yet.
  init?(_ publication: PublicationSettings, server: String, upstreamKeyring: String?, tree: PublishedTree?) {
    guard let path = PublicationPath(publication.path) else { return nil }
    self.publication = publication.path
    signed = publication.signed
    setup = RegionSetup(
      path, signed: publication.signed == .local ? .local : .upstream, server: server,
      upstreamKeyring: upstreamKeyring, tree: tree)
  }

  var text: String {
    let title = "# \(publication): on a region controller"
    let notes = RegionSetup.notes + (setup.preparation.map { [$0] } ?? [])
    let form =
      "# or in the UI: Images, Change source, Custom; URL \(setup.url), keyring \(setup.keyringURL ?? setup.keyring)"
    return ([title] + notes.map { "# \($0)" } + setup.commands + [form]).joined(separator: "\n")
  }

  var json: JSONValue {
    .object([
      "publication": .string(publication), "signed": .string(signed.rawValue), "url": .string(setup.url),
      "keyring_url": .text(setup.keyringURL), "keyring_filename": .string(setup.keyring),
      "preparation": .text(setup.preparation), "commands": .array(setup.commands.map(JSONValue.string)),
    ])
  }
}

extension Workplace {
  /// What is published; `nil` where that is nothing yet, or cannot be read: then there are no selections to show.
  func publishedTree(_ publication: PublicationSettings) -> PublishedTree? {
    guard let path = PublicationPath(publication.path) else { return nil }
    let publications = PublicationStore(folder, blobs: FileBlobStore(folder))
    do throws(StorageError) {
      return try publications.record(path).map { record throws(StorageError) in
        try publications.tree(record.current.tree)
      }
    } catch {
      Console.error("/\(path)/ cannot be read, so its releases are left out: \(error)")
      return nil
    }
  }

  /// The file that the documents of a publication are verified with.
  func upstreamKeyring(of publication: PublicationSettings) -> String? {
    settings.sources.first { publication.sources.contains($0.name) }?.keyring
  }
}
