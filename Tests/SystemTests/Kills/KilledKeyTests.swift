import Foundation
import TestSupport
import Testing

/// `keys create`, killed at random moments: the next one makes a key, or finds the one that was made.
@Suite struct KilledKeyTests {
  @Test func aKilledKeysCreateLeavesNoHalfOfAKey() throws {
    let mirror = try Mirror("")
    var random = SystemRandomNumberGenerator()
    var longest = UInt32(500_000)
    var killed = 0
    for _ in 1...20 {
      try? FileManager.default.removeItem(atPath: mirror.data)
      let process = try SpawnedProcess(
        Mirror.binary, ["keys", "create", "--config", mirror.configuration], output: mirror.folder.file("killed.log"))
      usleep(UInt32.random(in: 0...longest, using: &random))
      process.signal(SIGKILL)
      if process.wait(seconds: 20) == -SIGKILL { killed += 1 }
      let began = Date()
      let next = try mirror.run("keys", "create")
      longest = UInt32(Date().timeIntervalSince(began) * 1_000_000)
      #expect(next.code == 0, "\(next.errors)")
      #expect(try mirror.run("keys", "show").output.split(separator: "\n").count == 1)
      let files = try FileManager.default.contentsOfDirectory(atPath: mirror.data + "/keys")
      #expect(!files.contains { $0.hasPrefix("maas-mirror-") }, "\(files)")
    }
    #expect(killed > 3)
  }
}
