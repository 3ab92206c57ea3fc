extension CurlClient {
  package struct Options: Sendable {
    /// The most transfers, and so connections, at a time. The rest wait their turn in order.
    package var connections: Int
    /// `nil`: what the environment says, as curl reads it (`https_proxy`, `no_proxy`, …).
    package var proxy: RemoteURL?
    /// Bytes a second over all transfers of the client.
    package var rateLimit: Int64?
    /// Seconds, name resolution and TLS included.
    package var connectTimeout: Int
    /// A transfer below `stallBytesPerSecond` for so many seconds is an error.
    package var stallSeconds: Int
    package var stallBytesPerSecond: Int
    /// How many redirects are followed.
    package var redirects: Int
    package var userAgent: String
    /// A PEM file that is trusted in the place of the system's authorities.
    package var certificateAuthorities: String?
    package var threads: Int

    package init(
      connections: Int = 8, proxy: RemoteURL? = nil, rateLimit: Int64? = nil, connectTimeout: Int = 20,
      stallSeconds: Int = 30, stallBytesPerSecond: Int = 1, redirects: Int = 5, userAgent: String,
      certificateAuthorities: String? = nil, threads: Int = 1
    ) {
      self.connections = connections
      self.proxy = proxy
      self.rateLimit = rateLimit
      self.connectTimeout = connectTimeout
      self.stallSeconds = stallSeconds
      self.stallBytesPerSecond = stallBytesPerSecond
      self.redirects = redirects
      self.userAgent = userAgent
      self.certificateAuthorities = certificateAuthorities
      self.threads = threads
    }
  }
}
