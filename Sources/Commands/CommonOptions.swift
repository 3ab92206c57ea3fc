import ArgumentParser
import Glibc
import Settings
import Trust

struct ConfigOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The configuration file. Default: ./mirror.conf, or else /etc/maas-mirror/mirror.conf.", valueName: "file"))
  var config: String?

  /// Where there is neither, the one that “init” would write is missed.
  var path: String {
    let installed = "/etc/maas-mirror/mirror.conf"
    return config ?? (access("mirror.conf", F_OK) != 0 && access(installed, F_OK) == 0 ? installed : "mirror.conf")
  }

  func settings() throws -> MirrorSettings { try MirrorSettings.loadChecked(path) }

  /// For what asks no upstream. A keyring that went away is a sync's concern: regions are served on, also after a restart, and
  /// an operator can look, verify and clean up.
  func settingsWithoutUpstream() throws -> MirrorSettings { try MirrorSettings.load(path, checkSources: false) }
}

struct JSONFlag: ParsableArguments {
  @Flag(name: .long, help: "Print JSON instead of text.")
  var json = false
}

extension MirrorSettings {
  /// With all that is wrong told in one run, also a keyring that is none.
  static func loadChecked(_ path: String) throws(SettingsError) -> MirrorSettings {
    try load(path) { keyring in
      do throws(TrustError) {
        try KeyringFile.check(keyring)
        return nil
      } catch .keyring(_, let reason, _) {
        return reason
      } catch {
        return "\(error)"
      }
    }
  }
}
