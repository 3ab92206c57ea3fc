import ArgumentParser
import Glibc
import Settings

struct ConfigOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The configuration file. Default: ./mirror.conf, or else /etc/maas-mirror/mirror.conf.", valueName: "file"))
  var config: String?

  var path: String {
    config ?? (access("mirror.conf", F_OK) == 0 ? "mirror.conf" : "/etc/maas-mirror/mirror.conf")
  }

  func settings() throws -> MirrorSettings { try MirrorSettings.load(path) }
}

struct JSONFlag: ParsableArguments {
  @Flag(name: .long, help: "Print JSON instead of text.")
  var json = false
}
