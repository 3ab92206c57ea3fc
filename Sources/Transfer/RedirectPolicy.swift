package import Simplestreams

/// Where a server may send us on to. Decides, does nothing.
///
/// What comes is verified wherever it comes from; but a request is a deed by itself. A compromised upstream must not make
/// the mirror knock at addresses inside the site (server-side request forgery).
package struct RedirectPolicy: Hashable, Sendable {
  /// Hosts beside the one that was asked, and those below it.
  package var hosts: [Glob]
  /// Whether a public host may lead to private addresses.
  package var allowsPrivate: Bool

  package init(hosts: [Glob] = [], allowsPrivate: Bool = false) {
    self.hosts = hosts
    self.allowsPrivate = allowsPrivate
  }

  func allows(_ host: String, from origin: String) -> Bool {
    host == origin || host.hasSuffix(".\(origin)") || hosts.contains { $0.matches(host) }
  }
}

/// Why a redirect is not followed.
package enum RedirectRefusal: Hashable, Sendable {
  /// It leads to something other than http and https, or nowhere.
  case notHTTP
  /// From https to http.
  case insecure
  case otherHost(String)
  case privateAddress
  /// Its body, which nobody reads, does not end.
  case endlessBody
}

/// The way of one request from redirect to redirect.
struct RedirectTrail: Hashable, Sendable {
  let origin: RemoteURL
  private let policy: RedirectPolicy
  private let limit: Int
  private var hops = 0
  private var startedPrivate: Bool?

  init(_ origin: RemoteURL, policy: RedirectPolicy, limit: Int) {
    self.origin = origin
    self.policy = policy
    self.limit = limit
  }

  /// Whether the addresses that are connected to must be public from here on. A source that is itself inside the site may
  /// send us around in it.
  var demandsPublic: Bool { hops > 0 && startedPrivate == false && !policy.allowsPrivate }

  /// - Parameters:
  ///   - peer: whom `current` was fetched from; `nil` where a proxy is between.
  mutating func next(
    from current: RemoteURL, to location: String?, peer: NetworkAddress?
  ) throws(TransferError) -> RemoteURL {
    if startedPrivate == nil { startedPrivate = peer?.isPrivate ?? Self.isPrivate(origin.host) }
    hops += 1
    if hops > limit { throw .tooManyRedirects(origin, limit: limit) }
    let text = String((location ?? "").prefix { $0 != "#" })
    // What is wrong with it says its text better than a reason would.
    guard var target = try? RemoteURL(text) else { throw refusal(Redaction.unparsed(text), .notHTTP) }
    if current.isSecure && !target.isSecure { throw refusal(target.description, .insecure) }
    if !policy.allows(target.host, from: origin.host) {
      throw refusal(target.description, .otherHost(target.host))
    }
    if demandsPublic, Self.isPrivate(target.host) { throw refusal(target.description, .privateAddress) }
    if target.isSameServer(as: current) { target = target.borrowingCredentials(of: current) }
    return target
  }

  func refusal(_ target: String, _ reason: RedirectRefusal) -> TransferError {
    .redirectRefused(origin, target: Redaction([origin]).scrub(target), reason)
  }

  private static func isPrivate(_ host: String) -> Bool {
    NetworkAddress(host)?.isPrivate ?? (host == "localhost" || host.hasSuffix(".localhost"))
  }
}
