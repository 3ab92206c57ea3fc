import NIOCore
package import Storage

package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  package var host: String
  package var port: Int
  package var isTLS: Bool
  /// Of a Unix socket, which has neither host nor port.
  package var path: String?

  package init(host: String, port: Int, isTLS: Bool = false) {
    self.host = host
    self.port = port
    self.isTLS = isTLS
  }

  package init(path: String, isTLS: Bool) {
    self.init(host: "", port: 0, isTLS: isTLS)
    self.path = path
  }

  /// `http://0.0.0.0:8080/`, or `unix:/run/maas-mirror.sock`
  package var url: String { path.map { "unix:\($0)" } ?? "\(isTLS ? "https" : "http")://\(self)/" }
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

package struct ServerOptions: Sendable {
  package struct Log: Sendable, Equatable {
    package var format: AccessLogFormat
    /// `nil` for standard output.
    package var file: String?

    package init(format: AccessLogFormat, file: String?) {
      self.format = format
      self.file = file
    }
  }

  /// What a server proves with who it is: two PEM files.
  package struct Identity: Sendable, Equatable {
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  package var listen: [ListenAddress]
  /// For the addresses that speak TLS.
  package var identity: Identity?
  /// Listened on in place of `listen` where there are any.
  package var inherited: [InheritedSocket] = []
  /// Seconds for which the files of a replaced tree are still served.
  package var grace: Int64
  /// Publications that there should be: while nothing is known of one, its paths are no 404.
  package var expected: Set<PublicationPath> = []
  /// Of those that upstream signs: the files that they are verified with, which the lines for a region name.
  package var upstreamKeyrings: [PublicationPath: String] = [:]
  /// Seconds that a stop waits for what is being sent.
  package var drain: Int64
  package var threads: Int
  package var limits = ServerLimits()
  /// `nil` for none.
  package var log: Log?
  /// For the metrics; `nil` where it cannot be read. Called off the event loops, and may wait for a disk.
  package var sources: @Sendable () -> [SourceHealth]? = { nil }
  /// Seconds for which it is kept which client took what; `nil` where that is not written down at all.
  package var clientHistory: Int64?
  /// Seconds since 1970.
  package var now: @Sendable () -> Int64

  package init(
    listen: [ListenAddress], grace: Int64, drain: Int64, threads: Int = System.coreCount,
    now: @escaping @Sendable () -> Int64
  ) {
    self.listen = listen
    self.grace = grace
    self.drain = drain
    self.threads = threads
    self.now = now
  }
}
