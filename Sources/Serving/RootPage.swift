import OrderedCollections
import Simplestreams
import Storage

/// What this server is, what it publishes, and the lines that point a MAAS region here.
struct RootPage {
  let view: TreeView
  /// As the client came: the lines for a region lead back the same way.
  let scheme: String
  /// The client's `Host` header.
  let host: String?

  func bytes(_ form: PageForm) -> [UInt8] {
    switch form {
    case .html: Array(html.utf8)
    case .json: JSONWriter.write(json)
    }
  }

  private var html: String {
    var body = """
      <h1>maas-mirror</h1>
      <p>This server mirrors images for <a href="https://maas.io/">MAAS</a>: each was verified against the list that it \
      stands in before it was published here.</p>

      """
    if view.publications.isEmpty {
      body += """
        <p>Nothing is published yet. Run <code>maas-mirror sync --publish</code>, or <code>import --publish</code> behind an \
        air gap.</p>

        """
    }
    for publication in view.publications { body += PublicationSection(publication, server: server).html }
    if view.keyring != nil {
      body += "<p>The public key that signs what is published here: <a href=\"./keyring.gpg\">keyring.gpg</a></p>\n"
    }
    body += "<p class=\"note\">The same as JSON: ask with <code>Accept: application/json</code>.</p>"
    return Page.html(title: "maas-mirror", body: body)
  }

  private var json: JSONValue {
    .object([
      "server": .string("maas-mirror"),
      "keyring": view.keyring == nil ? .null : .string("\(server)/keyring.gpg"),
      "publications": .array(view.publications.map { PublicationSection($0, server: server).json }),
    ])
  }

  var server: String { "\(scheme)://\(plainHost)" }

  /// The header is the client's text: what is no host name is replaced, and what is left needs no escaping.
  private var plainHost: String {
    guard let host, !host.isEmpty, host.utf8.count < 256, host.utf8.allSatisfy(Self.isHostByte) else {
      return "this-server:8080"
    }
    return host
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-.:[]_".utf8.contains(byte)
  }
}
