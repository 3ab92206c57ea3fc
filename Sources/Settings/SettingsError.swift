/// Everything that is wrong with a configuration, found in one run.
package struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
  package struct Problem: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    /// From 1; `nil` when the problem is the file itself.
    package var line: Int?
    package var what: String
    package var remedy: String

    package init(file: String, line: Int?, what: String, remedy: String) {
      self.file = file
      self.line = line
      self.what = what
      self.remedy = remedy
    }

    package var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(what); \(remedy)" }
  }

  package var problems: [Problem]
  package init(problems: [Problem]) { self.problems = problems }

  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
