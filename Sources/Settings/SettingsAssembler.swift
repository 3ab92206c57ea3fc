import Glibc

/// Puts the settings together from the tables, and checks what spans several of them.
struct SettingsAssembler {
  let top: TableReader
  let checkFiles: Bool

  mutating func assemble() -> MirrorSettings {
    let data = top.string("data").map(located)
    if data == nil, !top.has("data") {
      top.missing("data", "say where to keep the mirror: data = \"/var/lib/maas-mirror\"")
    }
    let serve = serveSettings(top.table("serve"))
    let sync = syncSettings(top.table("sync"), defaults: nil)
    let signing = signingSettings(top.table("signing"))
    let sources = top.tables("source").compactMap { source($0, sync: sync) }
    checkNames(sources)
    let publications = PublicationChecks(top.findings).read(
      top.tables("publication"), sources: namesOfSources(sources))
    top.refuseOthers()
    return MirrorSettings(
      file: top.findings.file, data: data ?? "", serve: serve, sync: sync, signing: signing, sources: sources,
      publications: publications)
  }

  /// Relative paths are meant from the configuration file.
  private func located(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let slash = top.findings.file.lastIndex(of: "/") else { return path }
    return "\(top.findings.file[..<slash])/\(path)"
  }

  private func serveSettings(_ table: TableReader?) -> ServeSettings {
    let listen = table?.strings("listen").map { texts in
      texts.compactMap { text in
        let address = Self.listen(text)
        if address == nil {
          table?.wrong(
            "listen", "“\(text)” is not an address to listen on",
            "write host:port, as in \"0.0.0.0:8080\" or \"[::]:8080\"")
        }
        return address
      }
    }
    let grace = table.flatMap { seconds("grace", in: $0) } ?? 7 * 86400
    let drain = table.flatMap { seconds("drain", in: $0) } ?? 30
    if table?.node("tls") != nil {
      table?.wrong(
        "tls", "this version serves plain HTTP", "remove “tls”, and put a TLS proxy in front where one is needed")
    }
    table?.refuseOthers()
    return ServeSettings(listen: listen ?? [.init(host: "0.0.0.0", port: 8080)], grace: grace, drain: drain)
  }

  static func listen(_ text: String) -> ServeSettings.Listen? {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65535).contains(port)
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil
    }
    return host.isEmpty ? nil : .init(host: host, port: port)
  }

  private func seconds(_ key: String, in table: TableReader) -> Int64? {
    quantity(key, in: table, "a duration, as in \"7 days\" or \"30 s\"", Quantity.seconds)
  }

  private func quantity(
    _ key: String, in table: TableReader, _ form: String, _ read: (String) -> Int64?
  ) -> Int64? {
    switch table.node(key) {
    case nil: return nil
    case .integer(let number)? where number >= 0 && read("\(number)") != nil: return Int64(number)
    case .string(let text)?:
      if let value = read(text) { return value }
      table.wrong(key, "“\(key)” is “\(text)”", "write \(form)")
    case let other?: table.wrong(key, "“\(key)” is \(other.typeName)", "write \(form)")
    }
    return nil
  }

  /// `[sync]`, or the same keys in a source over the defaults of `[sync]`.
  private func syncSettings(_ table: TableReader?, defaults: SyncSettings?) -> SyncSettings {
    var settings =
      defaults
      ?? SyncSettings(
        connections: 8, rateLimit: nil, proxy: nil, minFree: 1_000_000_000, allowExpiredKeys: false, stall: 30,
        retries: 5, ca: nil)
    guard let table else { return settings }
    if let value = table.integer("connections", in: 1...64) { settings.connections = value }
    if let value = quantity("rate_limit", in: table, "a rate, as in \"50 MB/s\"", Quantity.rate) {
      settings.rateLimit = value
    }
    if let value = address("proxy", in: table) { settings.proxy = value }
    if let value = quantity("min_free", in: table, "a size, as in \"10 GB\"", Quantity.bytes) {
      settings.minFree = value
    }
    if let value = table.boolean("allow_expired_keys") { settings.allowExpiredKeys = value }
    if let value = seconds("stall", in: table) { settings.stall = max(1, value) }
    if let value = table.integer("retries", in: 0...20) { settings.retries = value }
    if let value = table.string("ca").map(located) {
      readable("ca", value, in: table, "name a PEM file with the certificates to trust")
      settings.ca = value
    }
    if defaults == nil { table.refuseOthers() }
    return settings
  }

  private func address(_ key: String, in table: TableReader) -> Address? {
    guard let text = table.string(key) else { return nil }
    do throws(Address.Refusal) {
      return try Address(text)
    } catch {
      // The text is not shown: it may hold a password in a form that we do not recognise.
      switch error {
      case .scheme: table.wrong(key, "“\(key)” is not an http or https address", "begin it with https:// or http://")
      case .host:
        table.wrong(key, "“\(key)” names no host", "write it as in https://images.maas.io/ephemeral-v3/stable/")
      case .character: table.wrong(key, "“\(key)” has a blank or a “#” in it", "write such characters as %20 or %23")
      }
      return nil
    }
  }

  private func readable(_ key: String, _ path: String, in table: TableReader, _ remedy: String) {
    guard checkFiles, access(path, R_OK) != 0 else { return }
    table.wrong(key, "“\(key)” \(path) cannot be read (\(String(cString: strerror(errno))))", remedy)
  }

  private func signingSettings(_ table: TableReader?) -> SigningSettings {
    let settings = SigningSettings(home: table?.string("home").map(located), key: table?.string("key"))
    if let key = settings.key {
      let digits = key.filter { $0 != " " }
      if !(digits.count == 40 || digits.count == 64) || !digits.allSatisfy(\.isHexDigit) {
        table?.wrong(
          "key", "“key” is not a key's fingerprint", "write all 40 digits, as “maas-mirror keys show” prints them")
      }
    }
    table?.refuseOthers()
    return settings
  }

  private func source(_ table: TableReader, sync: SyncSettings) -> SourceSettings? {
    let name = table.string("name")
    if name == nil, !table.has("name") { table.missing("name", "give it one: name = \"stable\"") }
    if let name, !Self.isName(name) {
      table.wrong("name", "“\(name)” is not a name for a source", "use lower-case letters, digits, “.”, “_” and “-”")
    }
    let url = address("url", in: table)
    if !table.has("url") {
      table.missing("url", "say where the tree is: url = \"https://images.maas.io/ephemeral-v3/stable/\"")
    }
    let unsigned = table.boolean("unsigned") ?? false
    let keyring = table.string("keyring").map(located)
    if keyring != nil, unsigned {
      table.wrong("unsigned", "a source with a keyring cannot be unsigned", "remove one of the two")
    } else if !table.has("keyring"), !unsigned {
      table.missing("keyring", "name the signer's keyring file, or say unsigned = true if upstream does not sign")
    }
    if let keyring {
      readable("keyring", keyring, in: table, "install the package ubuntu-keyring, or name the signer's keyring")
    }
    let keep = table.integer("keep", in: 1...1000) ?? 2
    let bootloaders = table.boolean("bootloaders") ?? true
    let select = table.tables("select").map(rule)
    let own = syncSettings(table, defaults: sync)
    table.refuseOthers()
    guard let name, let url else { return nil }
    return SourceSettings(
      name: name, url: url, keyring: keyring, unsigned: unsigned, keep: keep, bootloaders: bootloaders, select: select,
      sync: own, line: table.line)
  }

  private func rule(_ table: TableReader) -> SelectionRule {
    SelectionRule(
      conditions: table.keys.compactMap { key in
        guard let globs = table.strings(key) else { return nil }
        if globs.isEmpty {
          table.wrong(key, "“\(key)” lists no values, so nothing can match", "remove it, or add a value")
        }
        return .init(attribute: key, globs: globs)
      })
  }

  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, (0x61...0x7A).contains(first) || (0x30...0x39).contains(first) else {
      return false
    }
    return text.utf8.count <= 64
      && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "._-".utf8.contains($0) }
  }

  private func checkNames(_ sources: [SourceSettings]) {
    var seen: [String: Int?] = [:]
    for source in sources {
      if let first = seen[source.name] {
        top.findings.add(
          at: place(of: source), "the source name “\(source.name)” is used twice (first in line \(first ?? 0))",
          "give each source its own name")
      }
      seen[source.name] = seen[source.name] ?? source.line
    }
  }

  private func place(of source: SourceSettings) -> String {
    let table = top.findings.lines.first {
      $0.value == source.line && $0.key.hasPrefix("source[") && $0.key.hasSuffix("]")
    }
    return table.map { "\($0.key).name" } ?? "source"
  }

  /// Also the names of sources that have other faults: one mistake is reported once.
  private func namesOfSources(_ sources: [SourceSettings]) -> Set<String> {
    guard case .array(let elements)? = top.node("source") else { return [] }
    return Set(
      elements.compactMap { element in
        guard case .table(let members) = element, case .string(let name)? = members["name"] else { return nil }
        return name
      })
  }
}
