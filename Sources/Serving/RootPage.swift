import Simplestreams
import Storage

/// What this server is, what it publishes, and the lines that point a MAAS region here.
struct RootPage {
  let view: TreeView
  let host: String?

  var html: String {
    let host = Page.escape(plainHost)
    var body = "<h1>maas-mirror</h1>\n<p>Images for MAAS, mirrored, verified and served here.</p>\n"
    if view.publications.isEmpty {
      body += "<p>Nothing is published yet. Run <code>maas-mirror sync --publish</code>.</p>\n"
    }
    for publication in view.publications {
      let path = publication.path.string
      let keyring = publication.tree.signed == .local ? "keyring.gpg" : nil
      body += """
        <h2><a href="./\(path)/">/\(path)/</a></h2>
        <p>\(publication.tree.items.count) files, signed \
        \(publication.tree.signed == .local ? "here" : "by upstream").</p>
        <p>MAAS UI: Images, Change source, Custom; URL and keyring as below. CLI:</p>
        <pre>\(keyring.map { "wget -O /tmp/keyring.gpg http://\(host)/\($0)\n" } ?? "")\
        maas $PROFILE boot-sources create \\
          url=http://\(host)/\(path)/ \\
          keyring_filename=\(keyring == nil ? "/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg" : "/tmp/keyring.gpg")</pre>

        """
    }
    if view.keyring != nil {
      body += "<p>The public key that signs what is published here: <a href=\"./keyring.gpg\">keyring.gpg</a></p>\n"
    }
    return Page.html(title: "maas-mirror", body: body)
  }

  /// The header is the client's text; anything that is no host name is replaced.
  private var plainHost: String {
    guard let host, !host.isEmpty, host.utf8.count < 256,
      host.utf8.allSatisfy({ byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || "-.:[]".utf8.contains(byte)
      })
    else { return "this-server:8080" }
    return host
  }
}
