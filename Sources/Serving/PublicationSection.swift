import OrderedCollections
import Simplestreams
import Storage

/// A publication on the first page: its releases, and how a region gets at it.
struct PublicationSection {
  private let publication: TreeView.Publication
  private let path: String
  private let setup: RegionSetup
  private let isLocal: Bool

  /// - Parameter server: scheme, host and port; text that needs no escaping.
  init(_ publication: TreeView.Publication, server: String) {
    self.publication = publication
    path = PathKey.of(publication.path.string)
    isLocal = publication.tree.signed == .local
    setup = RegionSetup(
      publication.path, signed: publication.tree.signed, server: server, upstreamKeyring: publication.upstreamKeyring,
      releases: publication.releases)
  }

  private var totals: FileTotals {
    publication.tree.items.reduce(into: FileTotals()) {
      $0.add(size: $1.size, modified: $1.modified, version: nil)
    }
  }

  var html: String {
    """
    <h2><a href="./\(path)/">/\(Page.escape(publication.path.string))/</a></h2>
    <p>\(totals.files) files, \(Page.size(totals.bytes)), \(signature).</p>
    \(releases)<p>To point a MAAS region here, on the region controller:</p>
    \(preparation)<pre>\(setup.commands.map { "<span>\(Page.escape($0))\n</span>" }.joined())</pre>
    \(RegionSetup.notes.map { "<p class=\"note\">\(Page.escape($0))</p>\n" }.joined())\
    <p>Or in its UI: Images → Change source → Custom, URL <code>\(setup.url)</code>, keyring \
    <code>\(Page.escape(setup.keyringURL ?? setup.keyring))</code>.</p>

    """
  }

  /// By whom, and what that is worth.
  private var signature: String {
    switch (isLocal, publication.tree.isSignedByUpstream) {
    case (true, true): "signed here, from lists whose signatures by upstream were verified"
    case (true, false): "signed here, from a list that upstream does not sign"
    case (false, true): "signed by upstream, and verified"
    case (false, false): "signed by nobody"
    }
  }

  private var preparation: String { setup.preparation.map { "<p>First \(Page.escape($0)).</p>\n" } ?? "" }

  private var releases: String {
    guard !publication.releases.isEmpty else { return "" }
    let rows = publication.releases.map { release in
      """
      <tr><td class="name"><a href="./\(path)/\(PathKey.of(release.name))/">\(Page.escape(release.name))</a></td>\
      <td>\(Page.escape(release.architectures.joined(separator: ", ")))</td>\
      <td>\(Page.escape(release.totals.version ?? ""))</td><td class="n">\(Page.size(release.totals.bytes))</td></tr>
      """
    }
    return """
      <table>
      <thead><tr><th>Release</th><th>Architectures</th><th>Newest version</th><th class="n">Size</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table>

      """
  }

  var json: JSONValue {
    .object([
      "path": .string("/\(publication.path.string)/"), "url": .string(setup.url),
      "commands": .array(setup.commands.map { .string($0) }),
      "number": .number(Int64(publication.number)),
      "signed": .string(isLocal ? "local" : "upstream"),
      "signed_by_upstream": .bool(publication.tree.isSignedByUpstream), "files": .number(Int64(totals.files)),
      "size": .number(totals.bytes), "releases": .array(publication.releases.map(release)),
    ])
  }

  private func release(_ release: ReleaseSummary) -> JSONValue {
    .object([
      "name": .string(release.name), "architectures": .array(release.architectures.map { .string($0) }),
      "version": release.totals.version.map { .string($0) } ?? .null, "size": .number(release.totals.bytes),
      "files": .number(Int64(release.totals.files)),
    ])
  }
}
