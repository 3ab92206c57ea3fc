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

  var path: String {
    config ?? (access("mirror.conf", F_OK) == 0 ? "mirror.conf" : "/etc/maas-mirror/mirror.conf")
  }

  func settings() throws -> MirrorSettings {
    let settings = try MirrorSettings.load(path)
    try settings.checkKeyrings()
    return settings
  }
}

struct JSONFlag: ParsableArguments {
  @Flag(name: .long, help: "Print JSON instead of text.")
  var json = false
}

extension MirrorSettings {
  /// Keyrings that are there and are none: as wrong as a file that is not there, and told with the same care.
  func checkKeyrings() throws {
    let problems = sources.compactMap { source -> SettingsError.Problem? in
      guard let keyring = source.keyring else { return nil }
      do throws(TrustError) {
        try KeyringFile.check(keyring)
        return nil
      } catch .keyring(let path, let reason, _) {
        return .init(
          file: file, line: source.line, what: "source “\(source.name)”: keyring \(path): \(reason)",
          remedy: "name a file that “gpg --export” wrote, binary or armoured")
      } catch {
        return .init(file: file, line: source.line, what: "source “\(source.name)”: \(error)", remedy: "mend it")
      }
    }
    if !problems.isEmpty { throw SettingsError(problems: problems) }
  }
}
