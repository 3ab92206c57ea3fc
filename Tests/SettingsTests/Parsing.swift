import Testing

@testable import Settings

/// Reads configuration text as a file `mirror.conf` would be read, without looking for keyrings.
enum Parsing {
  static func settings(_ text: String) throws -> MirrorSettings {
    try MirrorSettings.parse(text, file: "mirror.conf", checkFiles: false)
  }

  /// What is wrong with it; empty when nothing is.
  static func problems(_ text: String) -> [SettingsError.Problem] {
    do throws(SettingsError) {
      _ = try MirrorSettings.parse(text, file: "mirror.conf", checkFiles: false)
      return []
    } catch {
      return error.problems
    }
  }

  /// Nothing is wrong with this. Source in line 2, publication in line 6.
  static let good = """
    data = "/srv/mirror"
    [[source]]
    name = "stable"
    url = "https://images.example.com/stable/"
    keyring = "/usr/share/keyrings/a.gpg"
    [[publication]]
    path = "ephemeral-v3/stable"
    sources = ["stable"]

    """
}
