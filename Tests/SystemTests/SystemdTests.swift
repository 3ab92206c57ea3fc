import Foundation
import Storage
import TestSupport
import Testing

@Suite struct SystemdTests {
  @Test func systemdFindsNoFaultInTheUnits() throws {
    guard let analyze = Needed.program("systemd-analyze", for: "the systemd units") else { return }
    let folder = try TemporaryFolder()
    let units = "\(Catalogue.root)/deploy/systemd"
    let names = [
      "maas-mirror.service", "maas-mirror.socket", "maas-mirror-sync.service", "maas-mirror-sync.timer",
      "maas-mirror-verify.service", "maas-mirror-verify.timer",
    ]
    for name in names {
      let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(units)/\(name)")), as: UTF8.self)
      // The binary is not installed where the tests run; that it is there is not what is checked.
      try folder.write(text.replacingOccurrences(of: "/usr/bin/maas-mirror", with: "/bin/true"), name)
    }
    let run = try ProcessRun.run(analyze, ["verify", "--man=no"] + names.map { folder.file($0) })
    #expect(run.code == 0)
    #expect(run.errors == "", "\(run.errors)")
  }

  @Test func theServerMayWriteNothingThatItServes() throws {
    let unit = URL(fileURLWithPath: "\(Catalogue.root)/deploy/systemd/maas-mirror.service")
    let lines = String(decoding: try Data(contentsOf: unit), as: UTF8.self).split(separator: "\n")
    #expect(lines.contains("ProtectSystem=strict") && lines.contains("ReadOnlyPaths=/var/lib/maas-mirror"))
    #expect(lines.filter { $0.hasPrefix("ReadWritePaths=") } == ["ReadWritePaths=/var/lib/maas-mirror/serve"])
    #expect(lines.contains("InaccessiblePaths=-/var/lib/maas-mirror/keys"))
  }

  /// The folder of the mark that tells a data folder whose disk is away from a new one. Commands by hand know it by its name.
  @Test func theSyncHasAFolderForTheMarkOutsideOfItsData() throws {
    let unit = URL(fileURLWithPath: "\(Catalogue.root)/deploy/systemd/maas-mirror-sync.service")
    let lines = String(decoding: try Data(contentsOf: unit), as: UTF8.self).split(separator: "\n")
    let folders = lines.filter { $0.hasPrefix("StateDirectory=") }
      .flatMap { $0.dropFirst("StateDirectory=".count).split(separator: " ") }.map { "/var/lib/\($0)" }
    #expect(folders == ["/var/lib/maas-mirror", Beginning.packagedFolder])
  }

  /// From 0, closed, to 10, open: what a service may do of all that systemd can keep it from.
  @Test func systemdFindsTheServicesWellClosed() throws {
    guard let analyze = Needed.program("systemd-analyze", for: "the exposure of the services") else { return }
    let units = "\(Catalogue.root)/deploy/systemd"
    let names = try FileManager.default.contentsOfDirectory(atPath: units).filter { $0.hasSuffix(".service") }
    #expect(names.contains("maas-mirror.service"))
    for name in names {
      let run = try ProcessRun.run(
        analyze, ["security", "--no-pager", "--offline=true", "--threshold=15", "\(units)/\(name)"])
      #expect(run.code == 0, "\(name): \(run.output.suffix(200)) \(run.errors)")
    }
  }
}
