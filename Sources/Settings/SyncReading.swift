/// Reads what both `[sync]` and a source may say.
struct SyncReading {
  let checkFiles: Bool

  func read(_ table: TableReader?) -> SyncSettings {
    let usual = SyncSettings(
      connections: 8, rateLimit: nil, proxy: nil, minFree: 1_000_000_000, allowExpiredKeys: false, stall: 30,
      retries: 5, ca: nil)
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
    if let value = table.integer("retries", in: 0...20) { settings.retries = value }
    if let value = table.path(at: "ca") {
      if checkFiles { table.requireFile(value, at: "ca", "name a PEM file with the certificates to trust") }
      settings.ca = value
    }
    return settings
  }
}
