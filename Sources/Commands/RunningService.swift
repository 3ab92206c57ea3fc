import Serving
import Settings

/// A server from its start to its end, as operators and the service manager handle it.
struct RunningService: Sendable {
  let server: TreeServer
  let config: ConfigOption
  /// Addresses of the command line, which hold whatever mirror.conf says.
  let typed: [String]
  let started: MirrorSettings
  /// Whether it listens on sockets of the service manager.
  let isActivated: Bool
  let notifier: ServiceNotifier?

  func run(on addresses: [ListenAddress], until signals: ServiceSignals) async {
    await withTaskGroup { group in
      group.addTask { await beat() }
      var addresses = addresses
      notifier?.ready(Self.status(addresses))
      for await request in signals.requests {
        guard case .reload = request else { break }
        notifier?.reloading()
        await reload(&addresses)
        // Also after a failure: the service is as ready as before.
        notifier?.ready(Self.status(addresses))
      }
      notifier?.stopping()
      Console.note("stopping")
      group.addTask { await hurry(at: signals) }
      await server.stop()
      group.cancelAll()
    }
  }

  /// What `systemctl status` shows.
  private static func status(_ addresses: [ListenAddress]) -> String {
    "serving on \(addresses.map(\.url).joined(separator: ", "))"
  }

  /// Who asks a second time does not want to wait for transfers.
  private func hurry(at signals: ServiceSignals) async {
    for await request in signals.requests {
      guard case .stop = request else { continue }
      Console.note("stopping at once")
      return server.hurry()
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

  private func reload(_ addresses: inout [ListenAddress]) async {
    do {
      let workplace = Workplace(try config.settingsWithoutUpstream())
      if workplace.settings.data != started.data {
        throw CommandFailure(
          code: ExitTable.configuration, message: "“data” is another folder now; restart to serve from it")
      }
      let before = addresses
      addresses = try await server.apply(try workplace.serverOptions(typed: typed))
      Console.note("\(config.path) was read again")
      for address in addresses where !before.contains(address) { Console.remark("serving on \(address.url)") }
      for address in before where !addresses.contains(address) { Console.remark("no longer serving on \(address.url)") }
      tellOfOtherAddresses(workplace.settings.serve)
    } catch {
      Console.error((error as? CommandFailure)?.message ?? "\(error)")
      Console.error("\(config.path) was not taken over; the old settings stay in force")
      // The signal may have come from a rotation, which waits for nobody's configuration.
      server.reopenLog()
    }
  }

  /// Where mirror.conf does not decide what is listened on, a change there must not look as if it had worked.
  private func tellOfOtherAddresses(_ settings: ServeSettings) {
    if settings.listen == started.serve.listen, settings.tls?.listen == started.serve.tls?.listen { return }
    if isActivated {
      Console.error("“listen” in \(config.path) has changed, but the sockets are systemd's: change the socket unit")
    } else if !typed.isEmpty {
      Console.error("“listen” in \(config.path) has changed, but what --listen said goes on")
    }
  }
}
