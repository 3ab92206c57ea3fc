import Settings
import Trust

/// With several keys and no word on which to use, the next publish would end with an error: at night, from a timer.
enum KeyChoice {
  static func advise(_ home: SigningHome, _ settings: MirrorSettings) throws {
    let usable = try home.secretKeys().filter { !$0.isRevoked }
    if usable.count < 2 || settings.signing.key != nil { return }
    Console.error(
      "there are \(usable.count) signing keys now; nothing is published before mirror.conf says which one signs:\n\n"
        + "[signing]\nkey = \"\(usable[0].fingerprint)\"   # or "
        + usable.dropFirst().map { "\"\($0.fingerprint)\"" }.joined(separator: ", "))
  }
}
