import Simplestreams
import Storage

/// Decides what a request gets. Pure: a view and a request in, an answer out.
struct Responder: Sendable {
  let view: TreeView
  /// Why the server is not ready, if it is not.
  let unready: @Sendable (TreeView) -> [String]

  func answer(_ request: Request) -> Answer {
    guard request.method == "GET" || request.method == "HEAD" else {
      return .text(405, "only GET and HEAD are served here", [("Allow", "GET, HEAD")])
    }
    switch RequestTarget(request.target) {
    case .malformed: return .text(400, "the address of the request is malformed")
    case .nowhere: return notFound(request.target)
    case .path(let path, let isFolder): return answer(request, path: path, isFolder: isFolder)
    }
  }

  private func answer(_ request: Request, path: String, isFolder: Bool) -> Answer {
    if !isFolder {
      if let entry = view.entries[path] { return file(request, entry, type: MediaType.of(path)) }
      switch path {
      case "keyring.gpg":
        if let keyring = view.keyring { return file(request, keyring, type: "application/pgp-keys") }
      case "healthz": return .text(200, "ok", [("Cache-Control", "no-store")])
      case "readyz": return readiness
      default: break
      }
    }
    if path.isEmpty { return page(RootPage(view: view, host: request.header("Host")).html) }
    if let folder = view.folders[path] {
      // Answered at once, without the redirect that others make of a missing slash: new regions fail on redirects.
      return page(ListingPage(path: path, folder: folder, isSlashed: isFolder).html)
    }
    return notFound(request.target)
  }

  private func notFound(_ target: String) -> Answer {
    .text(404, "nothing is published at \(target.prefix(200)); / lists what is")
  }

  private var readiness: Answer {
    let reasons = unready(view)
    if reasons.isEmpty { return .text(200, "ready", [("Cache-Control", "no-store")]) }
    return .text(503, reasons.joined(separator: "\n"), [("Cache-Control", "no-store")])
  }

  private func page(_ html: String) -> Answer {
    Answer(
      200, [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-cache")], .bytes(Array(html.utf8)))
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
    let wanted = Preconditions.rangeHolds(request, tag: tag, modified: entry.modified) ? request.header("Range") : nil
    switch request.method == "GET" ? ByteRange(wanted, size: entry.size) : .whole {
    case .whole: return Answer(200, headers, .blob(entry.digest, size: entry.size, range: 0..<entry.size))
    case .part(let range):
      headers.append(("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(entry.size)"))
      return Answer(206, headers, .blob(entry.digest, size: entry.size, range: range))
    case .unsatisfiable:
      return .text(416, "the file has \(entry.size) bytes", [("Content-Range", "bytes */\(entry.size)")])
    }
  }
}
