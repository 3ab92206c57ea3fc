/// Everything that is wrong with a configuration, found in one run.
package struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
  package struct Problem: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    /// From 1; `nil` when the problem is the file itself.
    package var line: Int?
    package var what: String
    package var remedy: String

    package var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(what); \(remedy)" }
  }

  package var problems: [Problem]
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
