@testable import Settings

/// mirror.conf, as an operator could have mistyped it.
enum ConfigurationFuzzing {
  static func configuration(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    do throws(SettingsError) {
      let settings = try MirrorSettings.parse(text, file: "mirror.conf", checkFiles: false)
      // A key may be written with escapes.
      let mayCarry = text.contains("carried") || text.contains("\\u")
      precondition(mayCarry || settings.sources.allSatisfy { !$0.urls.isEmpty })
    } catch {
      precondition(!error.problems.isEmpty)
      let lines = text.utf8.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
      for problem in error.problems {
        precondition((1...lines).contains(problem.line ?? 1), "a line that the file does not have")
        let isPlain = problem.description.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        precondition(isPlain, "a message that writes on the terminal")
      }
    }
  }
}
