import Simplestreams
import Storage

/// Decides what a request gets: a view and a request in, a response out. Opens no file and knows no socket.
final class Responder: Sendable {
  static let methods = "GET, HEAD, OPTIONS"

  let view: TreeView
  /// Why the server is not ready, if it is not; asked for /readyz only.
  let unready: @Sendable (TreeView) -> [String]
  /// Asked for /metrics only.
  let metrics: @Sendable () -> String

  init(
    view: TreeView, unready: @escaping @Sendable (TreeView) -> [String],
    metrics: @escaping @Sendable () -> String = { "" }
  ) {
    self.view = view
    self.unready = unready
    self.metrics = metrics
  }

  /// What becomes of a request.
  enum Decision {
    case answer(Answer)
    /// `readiness` answers it, and looks at the disk for that, for which no event loop waits.
    case readiness
    /// The connection is closed, and nothing said. Of a file regions take an error as final, and ask again after a break.
    case close
  }

  private enum Resource {
    case file(TreeView.Entry)
    case alive
    case ready
    case metrics
    case root
    case folder(Folder, isSlashed: Bool)
  }

  func decide(_ request: Request) -> Decision {
    if !request.expectsNothingElse {
      return .answer(.text(417, "the only expectation that is met here is 100-continue"))
    }
    guard request.method == .get || request.method == .head || request.method == .options else {
      return .answer(.text(405, "only GET, HEAD and OPTIONS are served here", [("Allow", Self.methods)]))
    }
    // §9.3.7: `*` asks about the server as a whole.
    if request.method == .options, request.target == "*" { return .answer(options) }
    // The usual case, without taking the target apart: an address in the one spelling that files are kept under.
    if request.method != .options, let entry = request.path.flatMap({ view.entries[$0] }) {
      return .answer(FileAnswer(request: request, entry: entry).answer)
    }
    let target = RequestTarget(request.target)
    guard let resource = resource(target, request) else { return absent(target, request) }
    return request.method == .options ? .answer(options) : decide(request, resource)
  }

  private func resource(_ target: RequestTarget, _ request: Request) -> Resource? {
    if case .path(let path, let isFolder) = target, let found = resource(PathKey.of(path), isFolder: isFolder) {
      return found
    }
    return view.undecoded(request.target).map { .file($0) }
  }

  private func resource(_ key: String, isFolder: Bool) -> Resource? {
    if !isFolder {
      if let entry = view.entries[key] { return .file(entry) }
      switch key {
      case "keyring.gpg":
        if let keyring = view.keyring { return .file(keyring) }
      case "healthz": return .alive
      case "readyz": return .ready
      case "metrics": return .metrics
      default: break
      }
    }
    if key.isEmpty { return .root }
    // Answered at once, without the redirect that others make of a missing slash: new regions fail on redirects.
    return view.folders[key].map { .folder($0, isSlashed: isFolder) }
  }

  private func absent(_ target: RequestTarget, _ request: Request) -> Decision {
    switch target {
    case .malformed: return .answer(.text(400, "the address of the request is malformed"))
    case .nowhere: return .answer(notFound(request))
    case .path(let path, let isFolder):
      let key = PathKey.of(path)
      if !view.mayHave(key) { return .answer(notFound(request)) }
      return isFolder || Self.isDocument(key) ? .answer(Self.unread) : .close
    }
  }

  private func decide(_ request: Request, _ resource: Resource) -> Decision {
    switch resource {
    case .file(let entry): .answer(FileAnswer(request: request, entry: entry).answer)
    case .alive: .answer(.text(200, "ok"))
    case .ready: .readiness
    case .metrics:
      .answer(
        Answer(200, [("Content-Type", MetricsPage.type), ("Cache-Control", "no-store")], .bytes(Array(metrics().utf8))))
    case .root: .answer(PageAnswer(request: request, view: view).root)
    case .folder(let folder, let isSlashed):
      .answer(PageAnswer(request: request, view: view).listing(folder, isSlashed))
    }
  }

  private var options: Answer { Answer(204, [("Allow", Self.methods), ("Cache-Control", "no-store")], .none) }

  private func notFound(_ request: Request) -> Answer {
    .text(404, "nothing is published at \(request.target.prefix(200)); the page at / lists what is")
  }

  /// Of a publication of which nothing is known: an item lies in its folder, and not below `streams`.
  private static func isDocument(_ key: String) -> Bool {
    let parts = key.split(separator: "/")
    return parts.count == 1 || parts.contains("streams")
  }

  /// A 404 would say that the images were withdrawn, and proxies would remember it.
  private static var unread: Answer {
    .text(503, "what is published here cannot be read at the moment; /readyz says why", [("Retry-After", "5")])
  }

  /// Blocks on the disk.
  var readiness: Answer {
    let reasons = unready(view)
    if !reasons.isEmpty {
      let more = view.troubles.filter { !reasons.contains($0) }
      return .text(503, (reasons + more).joined(separator: "\n"))
    }
    let absent = view.absent.map { path in
      "/\(path)/ is in mirror.conf and was never published; run “maas-mirror sync --publish”, or “import --publish” behind an air gap"
    }
    // Served on from the last good state: ready, but worth a look.
    return .text(200, (["ready"] + view.troubles + absent).joined(separator: "\n"))
  }
}
