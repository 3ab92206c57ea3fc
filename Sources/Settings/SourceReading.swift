/// Reads the sources, and holds their names against each other.
struct SourceReading {
  /// What holds for a source that does not say otherwise.
  let sync: SyncSettings
  let checkFiles: Bool

  func read(_ tables: [TableReader], keyringCheck: MirrorSettings.KeyringCheck) -> [SourceSettings] {
    var first: [String: Int?] = [:]
    return tables.compactMap { table in
      let name = name(table)
      if let name {
        if let line = first[name] {
          table.wrong(
            "name", "the source name “\(name)” is used twice (first in line \(line ?? 0))",
            "give each source its own name")
        } else {
          first[name] = .some(table.line)
        }
      }
      return source(table, name: name, keyringCheck)
    }
  }

  private func source(
    _ table: TableReader, name: String?, _ keyringCheck: MirrorSettings.KeyringCheck
  ) -> SourceSettings? {
    let urls = urls(table)
    let (keyring, unsigned) = trust(table, keyringCheck)
    let keep = table.integer("keep", in: 1...1000) ?? 2
    let (retention, limits) = (RetentionSettings(table), UpstreamLimits(table))
    let bootloaders = table.boolean("bootloaders") ?? true
    let select = table.tables("select").map(rule)
    let own = SyncReading(checkFiles: checkFiles).read(table, over: sync)
    if urls?.isEmpty == true { refuseNetwork(table) }
    table.refuseOthers()
    guard let name, let urls else { return nil }
    return SourceSettings(
      name: name, urls: urls, keyring: keyring, unsigned: unsigned, keep: keep, retention: retention,
      limits: limits, bootloaders: bootloaders, select: select, sync: own, line: table.line)
  }

  /// `url`, or `urls` for a tree that several servers have; none for one that is carried. `nil` when there is none that can be
  /// used.
  private func urls(_ table: TableReader) -> [Address]? {
    let url = table.address("url")
    let urls = table.addresses("urls")
    let isCarried = table.boolean("carried")
    if isCarried == true, table.has("url") || table.has("urls") {
      table.wrong(
        "carried", "a source that has an address does not come in bundles alone",
        "remove “carried”, which “maas-mirror import” does not need, or the address")
      return nil
    }
    if isCarried == true { return [] }
    // What was meant is told with the mistake.
    if isCarried == nil, table.has("carried") { return nil }
    if table.has("url"), table.has("urls") {
      table.wrong("urls", "“url” and “urls” are both given", "put all addresses into “urls”, and remove “url”")
      return nil
    }
    if !table.has("url"), !table.has("urls") {
      table.missing(
        "url",
        "say where the tree is, url = \"https://images.maas.io/ephemeral-v3/stable/\", or carried = true if it comes by “maas-mirror "
          + "import” alone")
    }
    return urls ?? url.map { [$0] }
  }

  /// What is said for nothing is a mistake, as it is where a key is misspelt.
  private func refuseNetwork(_ table: TableReader) {
    for key in ["proxy", "ca", "rate_limit", "stall", "min_rate", "allow_redirects_to", "private_redirects"]
    where table.has(key) {
      table.wrong(
        key, "“\(key)” is of a network, and a source with carried = true is read from a medium",
        "remove it, or give the source its url")
    }
  }

  /// `nil` when there is none that can be a name.
  private func name(_ table: TableReader) -> String? {
    guard let name = table.string("name") else {
      if !table.has("name") { table.missing("name", "give it one: name = \"stable\"") }
      return nil
    }
    if Self.isName(name) { return name }
    table.wrong(
      "name", "\(Quote.text(name)) is not a name for a source",
      "use up to 64 lower-case letters, digits, “.”, “_” and “-”, and begin with a letter or digit")
    return nil
  }

  private func trust(
    _ table: TableReader, _ keyringCheck: MirrorSettings.KeyringCheck
  ) -> (keyring: String?, unsigned: Bool) {
    let said = table.boolean("unsigned")
    let unsigned = said ?? table.has("unsigned")
    let keyring = table.path(at: "keyring")
    if table.has("keyring"), said == true {
      table.wrong("unsigned", "a source with a keyring cannot be unsigned", "remove one of the two")
    } else if !table.has("keyring"), !unsigned {
      table.missing("keyring", "name the signer's keyring file, or say unsigned = true if upstream does not sign")
    }
    if checkFiles, let keyring {
      let isUbuntu = keyring.hasSuffix("/ubuntu-cloudimage-keyring.gpg")
      let isThere = table.requireFile(
        keyring, at: "keyring",
        isUbuntu ? "install the package ubuntu-keyring, or name the signer's keyring" : "name the signer's keyring file"
      )
      if isThere, let fault = keyringCheck(keyring) {
        table.wrong(
          "keyring", "“keyring” \(Quote.safe(keyring)) is no keyring: \(fault)",
          "name a file that “gpg --export” wrote, binary or armoured")
      }
    }
    return (keyring, unsigned)
  }

  private func rule(_ table: TableReader) -> SelectionRule {
    SelectionRule(
      conditions: table.keys.compactMap { key in
        guard let globs = table.strings(key) else { return nil }
        if table.node(key)?.isEmptyList == true {
          table.wrong(
            key, "\(Quote.text(key)) lists no values, so nothing can match", "remove it, or add a value")
        }
        return .init(attribute: key, globs: globs)
      })
  }

  static func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, isLetterOrDigit(first), bytes.count <= 64 else { return false }
    return bytes.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
  }
}
