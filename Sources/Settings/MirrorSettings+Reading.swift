import TOMLKit

extension MirrorSettings {
  /// Why a file that is there and can be read is no keyring; `nil` when it is one.
  package typealias KeyringCheck = (_ path: String) -> String?

  /// Reads a configuration file. Every problem in it is found, not only the first.
  /// - Parameter checkSources: whether the files that sources name are looked at as well.
  package static func load(
    _ path: String, checkSources: Bool = true, keyringCheck: KeyringCheck = { _ in nil }
  ) throws(SettingsError) -> MirrorSettings {
    try parse(
      ConfigurationFile.read(path), file: path, checkFiles: true, checkSources: checkSources, keyringCheck: keyringCheck
    )
  }

  /// - Parameter checkFiles: whether keyrings and certificates must be there and readable.
  package static func parse(
    _ text: String, file: String, checkFiles: Bool, checkSources: Bool = true,
    keyringCheck: KeyringCheck = { _ in nil }
  ) throws(SettingsError) -> MirrorSettings {
    if let (trap, line) = ParserTraps.first(in: text) {
      throw SettingsError(problems: [.init(file: file, line: line, what: trap.what, remedy: trap.remedy)])
    }
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      let start = error.source.begin
      throw SettingsError(problems: [
        .init(
          file: file, line: start.line, what: "not TOML at column \(start.column): \(Quote.safe(error.description))",
          remedy: "mend the line; text stands in quotes, and a key only once in its table")
      ])
    } catch {
      throw SettingsError(problems: [
        .init(file: file, line: nil, what: "not TOML: \(Quote.safe("\(error)"))", remedy: "mend the file")
      ])
    }
    guard case .table(let members) = ConfigurationNode(table) else { preconditionFailure("a table is a table") }
    let findings = Findings(file: file, lines: KeyLines.locate(in: text))
    let top = TableReader(members, place: "", findings: findings)
    let settings = SettingsAssembler(
      top: top, checkFiles: checkFiles, checkSources: checkFiles && checkSources
    ).assemble(keyringCheck: keyringCheck)
    if let error = findings.error { throw error }
    return settings
  }
}
