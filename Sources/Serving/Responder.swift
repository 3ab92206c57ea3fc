import Simplestreams
import Storage

/// Decides what a request gets: a view and a request in, a response out. Opens no file and knows no socket.
struct Responder: Sendable {
  let view: TreeView
  /// Why the server is not ready, if it is not; asked for /readyz only.
  let unready: @Sendable (TreeView) -> [String]
  /// Asked for /metrics only.
  var metrics: @Sendable () -> String = { "" }

  func answer(_ request: Request) -> Answer {
    guard request.method == "GET" || request.method == "HEAD" else {
      return .text(405, "only GET and HEAD are served here", [("Allow", "GET, HEAD")])
    }
    switch RequestTarget(request.target) {
    case .malformed: return .text(400, "the address of the request is malformed")
    case .nowhere: return notFound(request)
    case .path(let path, let isFolder): return answer(request, key: PathKey.of(path), isFolder: isFolder)
    }
  }

  private func answer(_ request: Request, key: String, isFolder: Bool) -> Answer {
    if !isFolder {
      if let entry = view.entries[key] { return file(request, entry, type: MediaType.of(key)) }
      switch key {
      case "keyring.gpg":
        if let keyring = view.keyring { return file(request, keyring, type: MediaType.keyring) }
      case "healthz": return .text(200, "ok")
      case "readyz": return readiness
      case "metrics":
        return Answer(
          200, [("Content-Type", MetricsPage.type), ("Cache-Control", "no-store")], .bytes(Array(metrics().utf8)))
      default: break
      }
    }
    if key.isEmpty { return page(RootPage(view: view, host: request.header("Host")).html) }
    if let folder = view.folders[key] {
      // Answered at once, without the redirect that others make of a missing slash: new regions fail on redirects.
      return page(ListingPage(folder: folder, isSlashed: isFolder).html)
    }
    return notFound(request)
  }

  private func notFound(_ request: Request) -> Answer {
    .text(404, "nothing is published at \(request.target.prefix(200)); the page at / lists what is")
  }

  private var readiness: Answer {
    let reasons = unready(view)
    if !reasons.isEmpty { return .text(503, reasons.joined(separator: "\n")) }
    // Served on from the last good state: ready, but worth a look.
    return .text(200, (["ready"] + view.troubles).joined(separator: "\n"))
  }

  private func page(_ html: String) -> Answer {
    Answer(
      200,
      [
        ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-cache"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
      ], .bytes(Array(html.utf8)))
  }

  private func file(_ request: Request, _ entry: TreeView.Entry, type: String) -> Answer {
    guard let packed = entry.zstd else { return file(request, entry, type: type, negotiated: []) }
    // RFC 9110 §12.5.5: caches must know that the answer hangs on the request's encodings. Each form has its own tag.
    guard ContentCoding.accepts("zstd", request.header("Accept-Encoding")) else {
      return file(request, entry, type: type, negotiated: [("Vary", "Accept-Encoding")])
    }
    var form = entry
    (form.digest, form.size) = (packed.sha256, packed.size)
    return file(request, form, type: type, negotiated: [("Vary", "Accept-Encoding"), ("Content-Encoding", "zstd")])
  }

  private func file(
    _ request: Request, _ entry: TreeView.Entry, type: String, negotiated: [(name: String, value: String)]
  ) -> Answer {
    let tag = "\"\(entry.digest.hex)\""
    var headers: [(name: String, value: String)] = [
      ("ETag", tag), ("Last-Modified", HTTPDate.text(entry.modified)),
      ("Cache-Control", entry.isDocument ? "no-cache" : "public, max-age=31536000, immutable"),
    ]
    headers += negotiated
    switch Preconditions.judge(request, tag: tag, modified: entry.modified) {
    case .notModified: return Answer(304, headers, .none)
    case .failed: return .text(412, "the file is not the one that the request names")
    case .go: break
    }
    headers += [("Accept-Ranges", "bytes"), ("Content-Type", type)]
    switch range(of: request, tag: tag, entry) {
    case .whole: return Answer(200, headers, .blob(entry.digest, size: entry.size, range: 0..<entry.size))
    case .part(let range):
      headers.append(("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(entry.size)"))
      return Answer(206, headers, .blob(entry.digest, size: entry.size, range: range))
    case .unsatisfiable:
      return .text(416, "the file has \(entry.size) bytes", [("Content-Range", "bytes */\(entry.size)")])
    }
  }

  /// RFC 9110 §14.2: a range is for GET alone.
  private func range(of request: Request, tag: String, _ entry: TreeView.Entry) -> ByteRange {
    guard request.method == "GET", Preconditions.rangeHolds(request, tag: tag, modified: entry.modified) else {
      return .whole
    }
    return ByteRange(request.header("Range"), size: entry.size)
  }
}
