import Synchronization

/// The pages of one view that were asked for, so that each is made once for each switch of what is published.
final class RenderedPages: Sendable {
  struct Name: Hashable {
    var path: String
    var form: PageForm
    var isSlashed = true
    var server = ""
  }

  private struct State {
    var pages: [Name: RenderedPage] = [:]
    var bytes = 0
  }

  /// In bytes. A crawler passes by once, and a client can make up hosts: then it starts again from empty.
  private static let limit = 4 << 20

  private let state = Mutex(State())

  func page(_ name: Name, _ make: () -> [UInt8]) -> RenderedPage {
    if let page = state.withLock({ $0.pages[name] }) { return page }
    let page = RenderedPage(make())
    state.withLock { state in
      if state.bytes + page.bytes.count > Self.limit { state = State() }
      if state.pages.updateValue(page, forKey: name) == nil { state.bytes += page.bytes.count }
    }
    return page
  }
}
