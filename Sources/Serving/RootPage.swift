import Storage

/// What this server is, what it publishes, and the lines that point a MAAS region here.
struct RootPage {
  let view: TreeView
  /// The client's `Host` header.
  let host: String?

  var html: String {
    var body = "<h1>maas-mirror</h1>\n<p>Images for MAAS, mirrored, verified and served here.</p>\n"
    if view.publications.isEmpty {
      body += "<p>Nothing is published yet. Run <code>maas-mirror sync --publish</code>.</p>\n"
    }
    for publication in view.publications { body += section(publication) }
    if view.keyring != nil {
      body += "<p>The public key that signs what is published here: <a href=\"./keyring.gpg\">keyring.gpg</a></p>\n"
    }
    return Page.html(title: "maas-mirror", body: body)
  }

  private func section(_ publication: TreeView.Publication) -> String {
    let isLocal = publication.tree.signed == .local
    let path = Page.escape(publication.path.string)
    let url = "http://\(plainHost)/\(path)/"
    // A folder that the snap of MAAS can read.
    let keyring =
      isLocal ? "/var/snap/maas/common/maas-mirror.gpg" : "/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg"
    let fetch = isLocal ? "wget -O \(keyring) http://\(plainHost)/keyring.gpg\n" : ""
    return """
      <h2><a href="./\(path)/">/\(path)/</a></h2>
      <p>\(publication.tree.items.count) files, signed \(isLocal ? "here" : "by upstream").</p>
      <p>To point a MAAS region here, on the region controller:</p>
      <pre>\(fetch)maas $PROFILE boot-sources create url=\(url) keyring_filename=\(keyring)</pre>
      <p>Or in its UI: Images → Change source → Custom, URL <code>\(url)</code>, keyring \
      <code>\(isLocal ? "http://\(plainHost)/keyring.gpg" : keyring)</code>.</p>

      """
  }

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
