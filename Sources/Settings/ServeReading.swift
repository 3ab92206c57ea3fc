/// Reads `[serve]`.
struct ServeReading {
  let checkFiles: Bool

  func read(_ table: TableReader?) -> ServeSettings {
    var settings = ServeSettings(listen: [.init(host: "0.0.0.0", port: 8080)], grace: 7 * 86400, drain: 30)
    guard let table else { return settings }
    if let listen = addresses(table, "listen") { settings.listen = listen }
    if let grace = table.duration("grace") { settings.grace = grace }
    if let drain = table.duration("drain") { settings.drain = drain }
    settings.accessLog = accessLog(table)
    settings.limits = limits(table)
    if let history = clientHistory(table) { settings.clientHistory = history }
    settings.tls = table.table("tls").flatMap(tls)
    for address in settings.tls?.listen ?? [] where address.port != 0 && settings.listen.contains(address) {
      table.wrong("tls", "\(address) is also in “listen”, without TLS", "choose another port for one of them")
    }
    table.refuseOthers()
    return settings
  }

  private func addresses(_ table: TableReader, _ key: String) -> [ServeSettings.Listen]? {
    guard let texts = table.strings(key) else { return nil }
    if table.node(key)?.isEmptyList == true {
      table.wrong(key, "“\(key)” is empty", "name an address, as in \"0.0.0.0:8080\", or remove it")
    }
    var addresses: [ServeSettings.Listen] = []
    for text in texts {
      guard let address = ServeSettings.Listen(text) else {
        table.wrong(
          key, "\(Quote.text(text)) is not an address to listen on",
          "write host:port, as in \"0.0.0.0:8080\" or \"[::]:8080\"")
        continue
      }
      // At the start it would look as if another program listened there.
      if address.port != 0, addresses.contains(address) {
        table.wrong(key, "\(address) is listed twice", "name it once")
      }
      addresses.append(address)
    }
    return addresses
  }

  private func tls(_ table: TableReader) -> ServeSettings.TLS? {
    let remedies = [
      "certificate": "name a PEM file with the certificate, and those of its issuers behind it",
      "key": "name a PEM file with the certificate's private key, without a passphrase",
    ]
    let files = ["certificate", "key"].compactMap { key in
      let path = table.path(at: key)
      if !table.has(key) { table.missing(key, remedies[key] ?? "") }
      if checkFiles, let path { table.requireFile(path, at: key, remedies[key] ?? "") }
      return path
    }
    let listen = addresses(table, "listen")
    table.refuseOthers()
    return files.count == 2 ? .init(certificate: files[0], key: files[1], listen: listen) : nil
  }

  private func accessLog(_ table: TableReader) -> ServeSettings.AccessLog {
    var log = ServeSettings.AccessLog()
    if let text = table.string("access_log") {
      if let format = ServeSettings.AccessLog.Format(rawValue: text) {
        log.format = format
      } else {
        table.wrong(
          "access_log", "“access_log” is \(Quote.text(text))", "write \"combined\", \"json\" or \"off\"")
      }
    }
    log.file = table.path(at: "access_log_file")
    return log
  }

  private func clientHistory(_ table: TableReader) -> Int64? {
    if case .string("off")? = table.node("client_history") { return 0 }
    return table.duration("client_history")
  }

  private func limits(_ table: TableReader) -> ServeSettings.Limits {
    var limits = ServeSettings.Limits()
    if let value = table.integer("max_connections", in: 0...1_000_000) { limits.connections = value }
    if let value = table.integer("max_connections_per_address", in: 0...1_000_000) {
      limits.connectionsPerAddress = value
    }
    if let value = table.duration("header_timeout", atLeast: 1) { limits.headerTimeout = value }
    if let value = table.duration("idle_timeout", atLeast: 1) { limits.idleTimeout = value }
    if case .integer(0)? = table.node("min_rate") {
      limits.minRate = 0
    } else if let value = table.rate("min_rate") {
      limits.minRate = value
    }
    if let value = bandwidth(table, "rate_limit") { limits.rate = value }
    if let value = bandwidth(table, "client_rate_limit") { limits.clientRate = value }
    return limits
  }

  private func bandwidth(_ table: TableReader, _ key: String) -> Int64? {
    guard let rate = table.rate(key) else { return nil }
    // A region gives up on a file that stands still for ten seconds, and a piece has 16 KiB.
    if rate < 10_000 { table.wrong(key, "“\(key)” is less than 10 kB/s", "choose a rate that a region can wait for") }
    return rate
  }
}
