/// What becomes of the requests of a connection that is one too many from its address. A document is told to come later;
/// an item is not begun, because regions take an error in place of a file as final, and retry a connection that closes.
struct AddressLimit {
  enum Verdict: Equatable { case answer, later, close }

  let isStillOver: () -> Bool
  let view: @Sendable () -> TreeView

  static let later = Answer.text(
    503, "too many connections from this address; try again in a moment", [("Retry-After", "10")])

  func verdict(on request: Request) -> Verdict {
    guard isStillOver() else { return .answer }
    let view = view()
    var entry: TreeView.Entry?
    if case .path(let path, let isFolder) = RequestTarget(request.target) {
      // Whoever watches over the server is answered in any case.
      if ["healthz", "readyz", "metrics"].contains(path) { return .answer }
      if !isFolder { entry = view.entries[PathKey.of(path)] }
    }
    entry = entry ?? view.undecoded(request.target)
    return entry?.isDocument == false ? .close : .later
  }
}
