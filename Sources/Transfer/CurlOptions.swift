extension CurlClient {
  package struct Options: Sendable {
    /// The most transfers, and so connections, at a time. The rest wait their turn in order. Of small files twice as many
    /// are under way, unless it is one: a line's delay, not its width, is what they wait for.
    package var connections: Int
    /// `nil`: what the environment says, as curl reads it (`https_proxy`, `no_proxy`, …).
    package var proxy: RemoteURL?
    /// Bytes a second over all transfers of the client.
    package var rateLimit: Int64?
    /// Seconds, name resolution and TLS included.
    package var connectTimeout: Int
    /// A transfer that sends nothing, or less than `minimumRate`, for so many seconds is an error.
    package var stallSeconds: Int
    /// Bytes a second; 0 for any.
    package var minimumRate: Int64
    /// How many redirects are followed.
    package var redirects: Int
    package var redirectPolicy: RedirectPolicy
    package var userAgent: String
    /// A PEM file that is trusted in the place of the system's authorities.
    package var certificateAuthorities: String?
    package var threads: Int

    package init(
      connections: Int = 8, proxy: RemoteURL? = nil, rateLimit: Int64? = nil, connectTimeout: Int = 20,
      stallSeconds: Int = 30, minimumRate: Int64 = 1000, redirects: Int = 5,
      redirectPolicy: RedirectPolicy = RedirectPolicy(), userAgent: String,
      certificateAuthorities: String? = nil, threads: Int = 1
    ) {
      self.connections = connections
      self.proxy = proxy
      self.rateLimit = rateLimit
      self.connectTimeout = connectTimeout
      self.stallSeconds = stallSeconds
      self.minimumRate = minimumRate
      self.redirects = redirects
      self.redirectPolicy = redirectPolicy
      self.userAgent = userAgent
      self.certificateAuthorities = certificateAuthorities
      self.threads = threads
    }
  }
}
