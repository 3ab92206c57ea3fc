import Catalog
import Mirroring
import Serving
import Settings

extension Workplace {
  func serverOptions(listen: [ListenAddress]) -> ServerOptions {
    var options = ServerOptions(
      listen: listen, grace: settings.serve.grace, drain: settings.serve.drain, now: Clock.now)
    options.log = log
    options.identity = settings.serve.tls.map { .init(certificate: $0.certificate, key: $0.key) }
    options.limits = limits
    options.clientHistory = settings.serve.clientHistory > 0 ? settings.serve.clientHistory : nil
    options.sources = { self.sourceHealth() }
    return options
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
