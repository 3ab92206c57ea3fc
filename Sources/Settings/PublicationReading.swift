/// Reads the publications, and holds them against the sources and each other.
struct PublicationReading {
  /// The names that may be used; `nil` when they cannot be known.
  let sources: Set<String>?
  /// Those that say unsigned = true.
  let unsigned: Set<String>

  func read(_ tables: [TableReader]) -> [PublicationSettings] {
    var read: [PublicationSettings] = []
    for table in tables {
      guard let publication = publication(table) else { continue }
      for other in read { compare(publication, with: other, in: table) }
      read.append(publication)
    }
    return read
  }

  private func publication(_ table: TableReader) -> PublicationSettings? {
    let path = table.string("path").map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    if !table.has("path") {
      table.missing("path", "say where to serve it: path = \"ephemeral-v3/stable\"")
    }
    if let path, let fault = Self.fault(inPath: path) {
      table.wrong(
        "path", "\(Quote.text(path)) is not a path for a publication: \(fault)",
        "write it as in \"ephemeral-v3/stable\"")
    }
    let names = names(table)
    let signed = signing(table)
    if signed == .upstream, names.count > 1 {
      table.wrong(
        "signed", "upstream's signed documents cannot be joined", "use one source here, or signed = \"local\"")
    } else if signed == .upstream, let name = names.first(where: unsigned.contains) {
      table.wrong(
        "signed", "the documents of \(Quote.text(name)) are not signed, and regions take no others",
        "write signed = \"local\"")
    }
    table.refuseOthers()
    guard let path else { return nil }
    return PublicationSettings(path: path, sources: names, signed: signed, line: table.line)
  }

  private func names(_ table: TableReader) -> [String] {
    let names = table.strings("sources") ?? []
    if !table.has("sources") {
      table.missing("sources", "name what it is made of: sources = [\"stable\"]")
    } else if table.node("sources")?.isEmptyList == true {
      table.wrong("sources", "“sources” is empty", "name at least one source")
    }
    for (index, name) in names.enumerated() {
      if let sources, !sources.contains(name) {
        let guess = Spelling.closest(to: name, among: sources)
        table.wrong(
          "sources", "there is no source \(Quote.text(name))",
          guess.map { "did you mean \(Quote.text($0))?" } ?? "add a [[source]] with that name, or remove it here")
      } else if names[..<index].contains(name) {
        table.wrong("sources", "\(Quote.text(name)) is named twice", "name it once")
      }
    }
    return names
  }

  private func signing(_ table: TableReader) -> PublicationSettings.Signed {
    guard let text = table.string("signed") else { return .local }
    if let signed = PublicationSettings.Signed(rawValue: text) { return signed }
    table.wrong("signed", "“signed” is \(Quote.text(text))", "write \"local\" or \"upstream\"")
    return .local
  }

  private func compare(_ new: PublicationSettings, with old: PublicationSettings, in table: TableReader) {
    let place = "(line \(old.line ?? 0))"
    if new.path == old.path {
      table.wrong(
        "path", "\(Quote.text(new.path)) is already published \(place)", "give each publication its own path")
    } else if new.path.hasPrefix(old.path + "/") || old.path.hasPrefix(new.path + "/") {
      table.wrong(
        "path", "\(Quote.text(new.path)) and \(Quote.text(old.path)) \(place) lie in one another",
        "choose paths side by side")
    }
  }

  static func fault(inPath path: String) -> String? {
    if path.hasPrefix("/") { return "it begins with “/”" }
    // It becomes the name of one file in the data folder.
    if path.utf8.count > 200 { return "it is longer than 200 bytes" }
    let segments = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    for segment in segments {
      if segment.isEmpty { return "it has an empty segment" }
      if segment == "." || segment == ".." { return "it has a dot segment" }
      let isPlain = segment.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || "._-".utf8.contains(byte)
      }
      if !isPlain { return "only letters, digits, “.”, “_” and “-” are safe in every client" }
      if segment == "streams" || segment == ".data" { return "“\(segment)” has a meaning inside a tree" }
    }
    if ["keyring.gpg", "healthz", "readyz", "metrics"].contains(segments[0]) { return "“\(segments[0])” is taken" }
    return nil
  }
}
