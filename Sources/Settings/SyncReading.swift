/// Reads what both `[sync]` and a source may say.
struct SyncReading {
  let checkFiles: Bool

  func read(_ table: TableReader?) -> SyncSettings {
    let usual = SyncSettings(
      connections: 8, rateLimit: nil, proxy: nil, minFree: 1_000_000_000, allowExpiredKeys: false, stall: 30,
      minRate: 1000, retries: 5, allowRedirectsTo: [], privateRedirects: false, ca: nil)
    guard let table else { return usual }
    let settings = read(table, over: usual)
    table.refuseOthers()
    return settings
  }

  /// The keys of this table that a sync knows, over what holds without them.
  func read(_ table: TableReader, over usual: SyncSettings) -> SyncSettings {
    var settings = usual
    if let value = table.integer("connections", in: 1...64) { settings.connections = value }
    if let value = table.rate("rate_limit") { settings.rateLimit = value }
    if let value = table.address("proxy") { settings.proxy = value }
    if let value = table.size("min_free") { settings.minFree = value }
    if let value = table.boolean("allow_expired_keys") { settings.allowExpiredKeys = value }
    if let value = table.duration("stall", atLeast: 1) { settings.stall = value }
    if case .integer(0)? = table.node("min_rate") {
      settings.minRate = 0
    } else if let value = table.rate("min_rate") {
      settings.minRate = value
    }
    if let value = hosts(table, "allow_redirects_to") { settings.allowRedirectsTo = value }
    if let value = table.boolean("private_redirects") { settings.privateRedirects = value }
    if let value = table.integer("retries", in: 0...20) { settings.retries = value }
    if let value = table.path(at: "ca") {
      if checkFiles { table.requireCertificates(value, at: "ca") }
      settings.ca = value
    }
    return settings
  }

  private func hosts(_ table: TableReader, _ key: String) -> [String]? {
    guard let names = table.strings(key) else { return nil }
    for (index, name) in names.enumerated() {
      let isHost = name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || "-._*?[]:".utf8.contains(byte)
      }
      if name.isEmpty || !isHost {
        table.wrong(
          key, at: index, "\(Quote.text(name)) is not the name of a host",
          "write it in lower case and without https://, as in \"cdn.example.com\" or \"*.example.com\"")
      }
    }
    return names
  }
}
