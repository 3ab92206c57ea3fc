import Simplestreams

/// The answer to a request for a page: as HTML or JSON, made once for each view, and revalidated by its hash.
struct PageAnswer {
  let request: Request
  let view: TreeView

  var root: Answer {
    let page = RootPage(view: view, scheme: request.isSecure ? "https" : "http", host: request.authority)
    return answer(.init(path: "", form: form, server: page.server), page.bytes)
  }

  func listing(_ folder: Folder, _ isSlashed: Bool) -> Answer {
    let page = ListingPage(folder: folder, isSlashed: isSlashed)
    return answer(.init(path: folder.path, form: form, isSlashed: isSlashed), page.bytes)
  }

  private var form: PageForm { PageForm(accept: request[.accept]) }

  private func answer(_ name: RenderedPages.Name, _ make: (PageForm) -> [UInt8]) -> Answer {
    let page = view.pages.page(name) { make(name.form) }
    let tag = "\"\(page.digest.hex)\""
    let headers = [("ETag", tag), ("Cache-Control", "no-cache"), ("Vary", "Accept")]
    switch Preconditions.judge(request, tag: tag, modified: nil) {
    case .notModified: return Answer(304, headers, .none)
    case .failed: return .text(412, "the page is not the one that the request names")
    case .go: break
    }
    return Answer(
      200,
      headers + [
        ("Content-Type", name.form.mediaType), ("Repr-Digest", ReprDigest.of(page.digest)),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ("X-Content-Type-Options", "nosniff"),
      ], .bytes(page.bytes))
  }
}
