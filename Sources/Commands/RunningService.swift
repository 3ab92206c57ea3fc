import Serving
import Settings

/// A server from its start to its end, as operators and the service manager handle it.
struct RunningService: Sendable {
  let server: TreeServer
  let config: ConfigOption
  let started: MirrorSettings
  let options: ServerOptions
  let notifier: ServiceNotifier?
  /// What `systemctl status` shows.
  let status: String

  func run(until signals: ServiceSignals) async {
    await withTaskGroup { group in
      group.addTask { await beat() }
      notifier?.ready(status)
      for await request in signals.requests {
        guard case .reload = request else { break }
        await reload()
      }
      notifier?.stopping()
      Console.note("stopping")
      await server.stop()
      group.cancelAll()
    }
  }

  /// Signs of life, for as long as every event loop comes round; also while a stop lets transfers finish.
  private func beat() async {
    guard let notifier, let interval = notifier.watchdog else { return }
    // Half of the time, as sd_watchdog_enabled(3) advises. Both end with an error only when it is all over.
    while !Task.isCancelled, (try? await server.pulse()) != nil, (try? await Task.sleep(for: interval / 2)) != nil {
      notifier.alive()
    }
  }

  private func reload() async {
    notifier?.reloading()
    // Also after a failure: the service is as ready as before.
    defer { notifier?.ready(status) }
    do {
      let workplace = Workplace(try config.settings())
      if workplace.settings.data != started.data {
        throw CommandFailure(
          code: ExitTable.configuration, message: "“data” is another folder now; restart to serve from it")
      }
      try await server.apply(workplace.serverOptions(listen: options.listen))
      Console.note("\(config.path) was read again")
      if workplace.settings.serve.listen != started.serve.listen
        || workplace.settings.serve.tls?.listen != started.serve.tls?.listen
      {
        Console.error("“listen” in \(config.path) has changed; restart to listen there")
      }
    } catch {
      Console.error((error as? CommandFailure)?.message ?? "\(error)")
      Console.error("\(config.path) was not taken over; the old settings stay in force")
      // The signal may have come from a rotation, which waits for nobody's configuration.
      server.reopenLog()
    }
  }
}
