import OrderedCollections
import Simplestreams

/// A folder for people and programs. Its links name every file of the tree once, so that a recursive download finds
/// them all.
struct ListingPage {
  let folder: Folder
  /// Without the slash at the end of the address, links start from the folder above.
  let isSlashed: Bool

  func bytes(_ form: PageForm) -> [UInt8] {
    switch form {
    case .html: Array(html.utf8)
    case .json: JSONWriter.write(json)
    }
  }

  private var title: String { "/" + folder.trail.map { "\($0)/" }.joined() }

  private var html: String {
    let up = """
      <tr><td class="name"><a href="\(isSlashed ? "../" : "./")">../</a></td>\
      <td></td><td class="n"></td><td></td><td></td></tr>
      """
    return Page.html(
      title: title,
      body: """
        <nav><h1>\(breadcrumb)</h1></nav>
        <table>
        <thead><tr><th>Name</th><th>Version</th><th class="n">Size</th><th>Date</th><th>SHA-256, or files</th></tr></thead>
        <tbody>
        \(([up] + folder.sorted.map(row)).joined(separator: "\n"))
        </tbody>
        </table>
        <p class="note">The same as JSON: ask with <code>Accept: application/json</code>.</p>
        """)
  }

  /// Relative, like all links here, so that the pages also work below a prefix of a proxy.
  private var breadcrumb: String {
    let depth = isSlashed ? folder.trail.count : folder.trail.count - 1
    func link(_ level: Int, _ name: String) -> String {
      let up = depth - level
      return "<a href=\"\(up > 0 ? String(repeating: "../", count: up) : "./")\">\(Page.escape(name))</a>"
    }
    let parents = folder.trail.dropLast().enumerated().map { link($0 + 1, $1) }
    return ([link(0, "maas-mirror")] + parents + [Page.escape(folder.trail.last ?? "")]).joined(separator: " / ")
  }

  private func row(_ child: Folder.Child) -> String {
    let totals = child.totals
    let size = "<td class=\"n\" title=\"\(Page.grouped(totals.bytes)) bytes\">\(Page.size(totals.bytes))</td>"
    let time = Timestamp(seconds: totals.modified).iso
    let hash = child.file.map { "<code title=\"\($0.digest)\">\($0.digest)</code>" }
    return """
      <tr><td class="name"><a href="\(link(child))">\(name(child))</a></td>\
      <td>\(Page.escape(totals.version ?? ""))</td>\(size)<td title="\(time)">\(time.prefix(10))</td>\
      <td>\(hash ?? "\(totals.files) \(totals.files == 1 ? "file" : "files")")</td></tr>
      """
  }

  /// A content id may be broken behind its colons.
  private func name(_ child: Folder.Child) -> String {
    Page.escape(child.name).replacing(":", with: ":<wbr>") + (child.file == nil ? "/" : "")
  }

  private func link(_ child: Folder.Child) -> String {
    // The `./` keeps a colon in the name from being read as a scheme (RFC 3986 §4.2).
    let base = isSlashed ? "./" : "./\(PathKey.of(folder.trail.last ?? ""))/"
    return "\(base)\(PathKey.of(child.name))\(child.file == nil ? "/" : "")"
  }

  private var json: JSONValue {
    .object(["path": .string(title), "entries": .array(folder.sorted.map(entry))])
  }

  private func entry(_ child: Folder.Child) -> JSONValue {
    var out: JSONObject = [
      "name": .string(child.name), "href": .string(link(child)), "size": .number(child.totals.bytes),
      "modified": .string(Timestamp(seconds: child.totals.modified).iso),
      "type": .string(child.file == nil ? "folder" : "file"),
      "version": child.totals.version.map { .string($0) } ?? .null,
    ]
    if let file = child.file {
      out["sha256"] = .string(file.digest.hex)
    } else {
      out["files"] = .number(Int64(child.totals.files))
    }
    return .object(out)
  }
}
