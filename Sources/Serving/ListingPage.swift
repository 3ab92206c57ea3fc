import Simplestreams

/// A folder for people. Its links name every file of the tree once, so that a recursive download finds them all.
struct ListingPage {
  let path: String
  let folder: Folder
  /// Without the slash at the end of the address, links start from the folder above.
  let isSlashed: Bool

  var html: String {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    let base = isSlashed ? "./" : "./\(TreePath.percentEncode(name))/"
    var rows =
      "<tr><td><a href=\"\(isSlashed ? "../" : "./")\">../</a></td><td class=\"n\"></td><td></td><td></td></tr>\n"
    for (name, child) in folder.sorted { rows += row(name, child, base: base) }
    return Page.html(
      title: "/\(path)/",
      body: """
        <h1>/\(Page.escape(path))/</h1>
        <table>
        <tr><th>Name</th><th class="n">Size</th><th>Date</th><th>SHA-256</th></tr>
        \(rows)</table>
        """)
  }

  private func row(_ name: String, _ child: Folder.Child, base: String) -> String {
    let link = base + TreePath.percentEncode(name)
    switch child {
    case .folder:
      return "<tr><td><a href=\"\(link)/\">\(Page.escape(name))/</a></td><td class=\"n\"></td><td></td><td></td></tr>\n"
    case .file(let entry):
      let date = Timestamp(seconds: entry.modified).iso.prefix(10)
      return
        "<tr><td><a href=\"\(link)\">\(Page.escape(name))</a></td><td class=\"n\">\(entry.size)</td><td>\(date)</td>"
        + "<td><code title=\"\(entry.digest)\">\(entry.digest.hex.prefix(12))</code></td></tr>\n"
    }
  }
}
