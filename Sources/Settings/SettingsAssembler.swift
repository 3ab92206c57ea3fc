/// Puts the settings together from the tables.
struct SettingsAssembler {
  let top: TableReader
  let checkFiles: Bool
  let checkSources: Bool

  func assemble(keyringCheck: MirrorSettings.KeyringCheck) -> MirrorSettings {
    let data = top.path(at: "data")
    if !top.has("data") {
      top.missing("data", "say where to keep the mirror: data = \"/var/lib/maas-mirror\"")
    }
    let serve = ServeReading(checkFiles: checkFiles).read(top.table("serve"))
    let sync = SyncReading(checkFiles: checkSources).read(top.table("sync"))
    let cleanup = CleanupSettings(top.table("gc"))
    let signing = signing(top.table("signing"))
    let tables = top.tables("source")
    let sources = SourceReading(sync: sync, checkFiles: checkSources).read(tables, keyringCheck: keyringCheck)
    let unsigned = Set(sources.filter(\.unsigned).map(\.name))
    let publications = PublicationReading(sources: names(of: tables), unsigned: unsigned)
      .read(top.tables("publication"))
    top.refuseOthers()
    return MirrorSettings(
      file: top.findings.file, data: data ?? "", serve: serve, sync: sync, cleanup: cleanup, signing: signing,
      sources: sources, publications: publications)
  }

  /// Also the names of sources that have other faults: one mistake is reported once. `nil` when `source` is no list,
  /// so that no name can be known.
  private func names(of tables: [TableReader]) -> Set<String>? {
    if tables.isEmpty, let node = top.node("source"), !node.isEmptyList { return nil }
    return Set(
      tables.compactMap { table in
        guard case .string(let name)? = table.node("name") else { return nil }
        return name
      })
  }

  private func signing(_ table: TableReader?) -> SigningSettings {
    guard let table else { return SigningSettings(home: nil, key: nil) }
    let settings = SigningSettings(home: table.path(at: "home"), key: table.string("key"))
    // A server signs nothing, and “keys create” makes it.
    if checkSources, let home = settings.home {
      table.requireFolder(home, at: "home", "name the GnuPG home that has the key, or run “maas-mirror keys create”")
    }
    if let key = settings.key, !Self.isFingerprint(key) {
      table.wrong(
        "key", "“key” is not a key's fingerprint", "write all 40 digits, as “maas-mirror keys show” prints them")
    }
    table.refuseOthers()
    return settings
  }

  /// With the blanks and colons that programs print in it.
  static func isFingerprint(_ text: String) -> Bool {
    let packed = text.filter { $0 != " " && $0 != ":" }.uppercased()
    let digits = packed.hasPrefix("0X") ? packed.dropFirst(2) : packed[...]
    return (digits.utf8.count == 40 || digits.utf8.count == 64) && digits.allSatisfy(\.isHexDigit)
  }
}
