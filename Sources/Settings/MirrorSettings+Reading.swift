import Glibc
import TOMLKit

extension MirrorSettings {
  /// Reads a configuration file. Every problem in it is found, not only the first.
  package static func load(_ path: String) throws(SettingsError) -> MirrorSettings {
    guard let file = fopen(path, "re") else {
      let missing = errno == ENOENT
      throw SettingsError(problems: [
        .init(
          file: path, line: nil, what: missing ? "there is no such file" : String(cString: strerror(errno)),
          remedy: missing
            ? "write one with “maas-mirror init”, or name another with --config" : "let this user read it")
      ])
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < 1 << 22 {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw SettingsError(problems: [
        .init(file: path, line: nil, what: "it is not UTF-8 text", remedy: "save it as UTF-8")
      ])
    }
    return try parse(text, file: path, checkFiles: true)
  }

  /// - Parameter checkFiles: whether keyrings and certificates must be there and readable.
  package static func parse(_ text: String, file: String, checkFiles: Bool) throws(SettingsError) -> MirrorSettings {
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw SettingsError(problems: [
        .init(
          file: file, line: error.source.begin.line, what: "not TOML: \(error.description)",
          remedy: "see the line, column \(error.source.begin.column)")
      ])
    } catch {
      throw SettingsError(problems: [.init(file: file, line: nil, what: "not TOML: \(error)", remedy: "mend it")])
    }
    guard case .table(let members) = ConfigurationNode(table) else { preconditionFailure("a table is a table") }
    let findings = TableReader.Findings(file: file, lines: KeyLines.locate(in: text))
    var assembler = SettingsAssembler(
      top: TableReader(members, place: "", findings: findings), checkFiles: checkFiles)
    let settings = assembler.assemble()
    guard findings.problems.isEmpty else {
      let sorted = findings.problems.enumerated().sorted {
        ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
      }
      throw SettingsError(problems: sorted.map(\.element))
    }
    return settings
  }
}
