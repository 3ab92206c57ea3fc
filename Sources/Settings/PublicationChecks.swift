/// Reads the publications, and holds them against the sources and each other.
struct PublicationChecks {
  let findings: TableReader.Findings

  init(_ findings: TableReader.Findings) { self.findings = findings }

  func read(_ tables: [TableReader], sources known: Set<String>) -> [PublicationSettings] {
    var read: [PublicationSettings] = []
    for table in tables {
      guard let publication = publication(table, sources: known) else { continue }
      for other in read { compare(publication, with: other, in: table) }
      read.append(publication)
    }
    return read
  }

  private func publication(_ table: TableReader, sources known: Set<String>) -> PublicationSettings? {
    let path = table.string("path").map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    if path == nil, !table.has("path") {
      table.missing("path", "say where to serve it: path = \"ephemeral-v3/stable\"")
    }
    if let path, let fault = Self.fault(inPath: path) {
      table.wrong(
        "path", "“\(path)” is not a path for a publication: \(fault)", "write it as in \"ephemeral-v3/stable\"")
    }
    let sources = table.strings("sources") ?? []
    if !table.has("sources") || (sources.isEmpty && table.has("sources")) {
      table.has("sources")
        ? table.wrong("sources", "“sources” is empty", "name at least one source")
        : table.missing("sources", "name what it is made of: sources = [\"stable\"]")
    }
    for (position, source) in sources.enumerated() {
      if !known.contains(source) {
        let guess = Spelling.closest(to: source, among: known)
        table.wrong(
          "sources", "there is no source “\(source)”",
          guess.map { "did you mean “\($0)”?" } ?? "add a [[source]] with that name, or remove it here")
      } else if sources[..<position].contains(source) {
        table.wrong("sources", "“\(source)” is named twice", "name it once")
      }
    }
    let signed = signing(table)
    if signed == .upstream, sources.count > 1 {
      table.wrong(
        "signed", "upstream's signed documents cannot be joined", "use one source here, or signed = \"local\"")
    }
    table.refuseOthers()
    guard let path else { return nil }
    return PublicationSettings(path: path, sources: sources, signed: signed, line: table.line)
  }

  private func signing(_ table: TableReader) -> PublicationSettings.Signed {
    guard let text = table.string("signed") else { return .local }
    if let signed = PublicationSettings.Signed(rawValue: text) { return signed }
    table.wrong("signed", "“signed” is “\(text)”", "write \"local\" or \"upstream\"")
    return .local
  }

  private func compare(_ new: PublicationSettings, with old: PublicationSettings, in table: TableReader) {
    if new.path == old.path {
      table.wrong(
        "path", "“\(new.path)” is already published (line \(old.line ?? 0))", "give each publication its own path")
    } else if new.path.hasPrefix(old.path + "/") || old.path.hasPrefix(new.path + "/") {
      table.wrong(
        "path", "“\(new.path)” and “\(old.path)” (line \(old.line ?? 0)) lie in one another",
        "choose paths side by side")
    }
  }

  static func fault(inPath path: String) -> String? {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if path.isEmpty { return "it is empty, and MAAS needs a folder" }
    if segments.contains("") { return "it has an empty segment" }
    for segment in segments {
      if segment == "." || segment == ".." { return "it has a dot segment" }
      let plain = segment.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || "._-".utf8.contains(byte)
      }
      if !plain { return "only letters, digits, “.”, “_” and “-” are safe in every client" }
      if segment == "streams" || segment == ".data" { return "“\(segment)” has a meaning inside a tree" }
    }
    if ["keyring.gpg", "healthz", "readyz", "metrics"].contains(segments[0]) { return "“\(segments[0])” is taken" }
    return nil
  }
}
