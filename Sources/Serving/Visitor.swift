/// Who asks. Nearly all requests of a connection say the same of their client, so that it is taken from the first.
final class Visitor: Sendable {
  let client: String
  let agent: String?

  init(client: String, agent: String? = nil) {
    self.client = client
    self.agent = agent
  }

  /// The one who sent this request: this one, unless its agent calls itself something else.
  func sending(_ request: Request) -> Visitor {
    request.isValue(agent, of: .userAgent) ? self : Visitor(client: client, agent: request[.userAgent])
  }
}
