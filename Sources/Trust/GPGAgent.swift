/// The gpg-agent of a home: gpg starts it by itself, and it would stay for as long as the home does.
struct GPGAgent {
  let home: String
  /// The process that was there before us: an operator's own, with passphrases that were typed into it.
  private let stranger: String?

  /// - Parameter isOurs: nobody else uses the home by this name.
  init(home: String, isOurs: Bool) {
    self.home = home
    stranger = isOurs ? nil : Self.process(home)
  }

  /// Ends the agent that was started since. One that is gone already needs no ending; there is nothing to report.
  func end() {
    if let stranger, Self.process(home) == stranger { return }
    _ = GPGProgram.run("gpgconf", ["--homedir", home, "--kill", "gpg-agent"])
  }

  private static func process(_ home: String) -> String? {
    let answer = GPGProgram.run("gpg-connect-agent", ["--no-autostart", "--homedir", home, "GETINFO pid", "/bye"])
    // “D 4711”, then “OK”
    return answer.split(separator: "\n").first { $0.hasPrefix("D ") }.map(String.init)
  }
}
