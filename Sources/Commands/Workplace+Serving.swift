import ArgumentParser
import Catalog
import Mirroring
import Serving
import Settings
import Storage

extension Workplace {
  /// - Parameter typed: addresses of the command line, which come before those of mirror.conf.
  func serverOptions(typed: [String]) throws -> ServerOptions {
    var options = ServerOptions(
      listen: try addresses(typed), grace: settings.serve.grace, drain: settings.serve.drain, now: Clock.now)
    options.expected = Set(settings.publications.compactMap { PublicationPath($0.path) })
    for publication in settings.publications where publication.signed == .upstream {
      guard let path = PublicationPath(publication.path) else { continue }
      options.upstreamKeyrings[path] = upstreamKeyring(of: publication)
    }
    options.log = log
    options.identity = settings.serve.tls.map { .init(certificate: $0.certificate, key: $0.key) }
    options.limits = limits
    options.clientHistory = settings.serve.clientHistory > 0 ? settings.serve.clientHistory : nil
    options.sources = { self.sourceHealth() }
    return options
  }

  private func addresses(_ typed: [String]) throws -> [ListenAddress] {
    // Without addresses of its own, TLS is for all of them.
    let isTLS = settings.serve.tls.map { $0.listen == nil } ?? false
    if typed.isEmpty {
      return settings.serve.listen.map { ListenAddress(host: $0.host, port: $0.port, isTLS: isTLS) }
        + (settings.serve.tls?.listen ?? []).map { ListenAddress(host: $0.host, port: $0.port, isTLS: true) }
    }
    return try typed.map { text in
      guard let address = ServeSettings.Listen(text) else {
        throw ValidationError("“\(text)” is not an address to listen on; write host:port")
      }
      return ListenAddress(host: address.host, port: address.port, isTLS: isTLS)
    }
  }

  private var limits: ServerLimits {
    let settings = settings.serve.limits
    var limits = ServerLimits()
    limits.connections = settings.connections
    limits.connectionsPerAddress = settings.connectionsPerAddress
    limits.headerTimeout = settings.headerTimeout
    limits.idleTimeout = settings.idleTimeout
    limits.minRate = settings.minRate
    limits.rate = settings.rate
    limits.clientRate = settings.clientRate
    return limits
  }

  private var log: ServerOptions.Log? {
    let log = settings.serve.accessLog
    return AccessLogFormat(rawValue: log.format.rawValue).map { ServerOptions.Log(format: $0, file: log.file) }
  }

  /// `nil` where the catalog cannot be read: that it is so is a metric of its own.
  private func sourceHealth() -> [SourceHealth]? {
    do {
      let store = try MirrorStore(reading: folder)
      return try settings.sources.map { source in
        let state = try store?.catalog.state(of: source.name)
        var health = SourceHealth(name: source.name, lastGood: state?.lastGood, snapshot: state?.snapshot)
        let index = IndexAge(state, limit: source.limits.maxAge, now: Clock.now())
        health.indexUpdated = index?.updated
        health.isIndexTooOld = index?.isTooOld ?? false
        return health
      }
    } catch {
      return nil
    }
  }
}
