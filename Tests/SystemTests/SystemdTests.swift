import Foundation
import TestSupport
import Testing

@Suite struct SystemdTests {
  @Test func systemdFindsNoFaultInTheUnits() throws {
    guard let analyze = ProcessRun.find("systemd-analyze") else {
      print("SKIPPED: the systemd units, because systemd-analyze is not installed")
      return
    }
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
}
