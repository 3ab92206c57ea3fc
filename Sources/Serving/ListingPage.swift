import Simplestreams

/// A folder for people. Its links name every file of the tree once, so that a recursive download finds them all.
struct ListingPage {
  let folder: Folder
  /// Without the slash at the end of the address, links start from the folder above.
  let isSlashed: Bool

  var html: String {
    let title = "/" + folder.trail.joined(separator: "/") + "/"
    let up = "<tr><td><a href=\"\(isSlashed ? "../" : "./")\">../</a></td><td class=\"n\"></td><td></td><td></td></tr>"
    let rows = [up] + folder.sorted.map(row)
    return Page.html(
      title: title,
      body: """
        <h1>\(Page.escape(title))</h1>
        <table>
        <thead><tr><th>Name</th><th class="n">Size in bytes</th><th>Date</th><th>SHA-256</th></tr></thead>
        <tbody>
        \(rows.joined(separator: "\n"))
        </tbody>
        </table>
        """)
  }

  private func row(_ child: Folder.Child) -> String {
    // The `./` keeps a colon in the name from being read as a scheme (RFC 3986 §4.2).
    let base = isSlashed ? "./" : "./\(PathKey.of(folder.trail.last ?? ""))/"
    let link = PathKey.of(child.name)
    let name = Page.escape(child.name)
    guard let file = child.file else {
      return "<tr><td><a href=\"\(base)\(link)/\">\(name)/</a></td><td class=\"n\"></td><td></td><td></td></tr>"
    }
    let date = Timestamp(seconds: file.modified).iso.prefix(10)
    return "<tr><td><a href=\"\(base)\(link)\">\(name)</a></td><td class=\"n\">\(Page.grouped(file.size))</td>"
      + "<td>\(date)</td><td><code title=\"\(file.digest)\">\(file.digest.hex.prefix(12))</code></td></tr>"
  }
}
