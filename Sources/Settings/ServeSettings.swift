package struct ServeSettings: Sendable, Equatable {
  package struct Listen: Sendable, Hashable, CustomStringConvertible {
    package var host: String
    package var port: Int
    package init(host: String, port: Int) { (self.host, self.port) = (host, port) }
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  }
  package struct AccessLog: Sendable, Equatable {
    package enum Format: String, Sendable { case combined, json, off }
    package var format = Format.combined
    /// Standard output when not set.
    package var file: String?
  }

  package struct TLS: Sendable, Equatable {
    /// PEM files; the certificate's with those of its issuers behind it.
    package var certificate: String
    package var key: String
    /// Where TLS is spoken beside the plain HTTP of `listen`; `nil` where all of `listen` speaks TLS.
    package var listen: [Listen]?
  }

  package struct Limits: Sendable, Equatable {
    /// 0 for as many as the system allows files.
    package var connections = 8192
    /// 0 for any number.
    package var connectionsPerAddress = 2048
    /// Seconds.
    package var headerTimeout: Int64 = 30
    /// Seconds.
    package var idleTimeout: Int64 = 75
    /// Bytes a second; 0 for none.
    package var minRate: Int64 = 1000
    /// Bytes a second.
    package var rate: Int64?
    /// Bytes a second.
    package var clientRate: Int64?
  }

  package var listen: [Listen]
  package var tls: TLS?
  /// Seconds for which a replaced tree's files can still be downloaded.
  package var grace: Int64
  /// Seconds that a stop waits for what is being sent.
  package var drain: Int64
  package var accessLog = AccessLog()
  package var limits = Limits()
  /// Seconds for which it is kept which client took what; 0 for no history.
  package var clientHistory: Int64 = 90 * 86400
}
