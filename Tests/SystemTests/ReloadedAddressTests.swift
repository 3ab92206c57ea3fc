import Foundation
import Glibc
import TestSupport
import Testing

/// A reload listens where mirror.conf says then, and cuts nobody.
@Suite(.serialized) struct ReloadedAddressTests {
  private static let image = [UInt8](repeating: 5, count: 700_000)

  private func configuration(_ listen: [String], _ more: String = "") -> String {
    "[serve]\nlisten = [\(listen.map { "\"\($0)\"" }.joined(separator: ", "))]\naccess_log = \"off\"\n\(more)\n"
  }

  private func curl(_ arguments: String...) throws -> ProcessRun {
    try ProcessRun.run("/usr/bin/env", ["curl", "-sS", "--noproxy", "*", "--max-time", "30"] + arguments)
  }

  @Test func addressesComeAndGoWithoutCuttingATransfer() throws {
    let first = "127.0.0.1:\(LoopbackSocket.freePort())"
    let second = "127.0.0.1:\(LoopbackSocket.freePort())"
    let mirror = try Mirror(configuration([first]))
    try mirror.publish(["image": Self.image])
    let served = try ServedMirror(mirror, listen: [])
    let target = mirror.folder.file("slow")
    let slow = try SpawnedProcess(
      "/usr/bin/env",
      [
        "curl", "-sS", "--noproxy", "*", "--limit-rate", "200k", "-o", target,
        "http://\(first)/ephemeral-v3/stable/image",
      ])
    #expect(waits { (try? FileManager.default.attributesOfItem(atPath: target)[.size] as? Int) ?? 0 > 0 })
    try mirror.write(configuration([first, second]))
    served.signal(SIGHUP)
    #expect(served.says("serving on http://\(second)/"))
    for address in [first, second] { #expect(try curl("http://\(address)/healthz").output == "ok\n") }
    try mirror.write(configuration([second]))
    served.signal(SIGHUP)
    #expect(served.says("no longer serving on http://\(first)/"))
    #expect(try curl("http://\(first)/healthz").code == 7)
    #expect(try curl("http://\(second)/healthz").output == "ok\n")
    #expect(slow.wait(seconds: 30) == 0)
    #expect(try Data(contentsOf: URL(filePath: target)).elementsEqual(Self.image))
    #expect(served.stop() == 0)
  }

  /// Also one that let another have its port.
  @Test func anAddressThatCannotBeHadLeavesAllAsItWas() throws {
    let port = LoopbackSocket.freePort()
    let first = "127.0.0.1:\(port)"
    let mirror = try Mirror(configuration([first]))
    let served = try ServedMirror(mirror, listen: [])
    try mirror.write(configuration(["0.0.0.0:\(port)", "192.0.2.1:\(port)"]))
    served.signal(SIGHUP)
    #expect(served.says("no such address"))
    #expect(served.says("the old settings stay in force"))
    #expect(try curl("http://\(first)/healthz").output == "ok\n")
    try mirror.write(configuration(["0.0.0.0:\(port)"]))
    served.signal(SIGHUP)
    #expect(served.says("serving on http://0.0.0.0:\(port)/"))
    #expect(try curl("http://\(first)/healthz").output == "ok\n")
    #expect(served.stop() == 0)
  }

  @Test(.enabled(if: Certificate.isPossible, "openssl and curl are needed"))
  func encryptionIsTakenAwayAndGivenAgain() throws {
    let folder = try TemporaryFolder()
    let identity = try Certificate(in: folder, name: "first")
    let tls = "tls = { certificate = \"\(identity.certificate)\", key = \"\(identity.key)\""
    let (plain, secure) = ("127.0.0.1:\(LoopbackSocket.freePort())", "127.0.0.1:\(LoopbackSocket.freePort())")
    let mirror = try Mirror(configuration([plain], "\(tls), listen = \"\(secure)\" }"))
    let served = try ServedMirror(mirror, listen: [], count: 2)
    #expect(try curl("--cacert", identity.certificate, "https://\(secure)/healthz").output == "ok\n")
    try mirror.write(configuration([plain]))
    served.signal(SIGHUP)
    #expect(served.says("no longer serving on https://\(secure)/"))
    #expect(try curl("--cacert", identity.certificate, "https://\(secure)/healthz").code == 7)
    #expect(try curl("http://\(plain)/metrics").output.contains("certificate_not_after") == false)
    // The same socket speaks TLS now, and plain HTTP again later.
    try mirror.write(configuration([plain], "\(tls) }"))
    served.signal(SIGHUP)
    #expect(served.says("serving on https://\(plain)/"))
    #expect(try curl("--cacert", identity.certificate, "https://\(plain)/healthz").output == "ok\n")
    #expect(try curl("http://\(plain)/healthz").output == "")
    try mirror.write(configuration([plain]))
    served.signal(SIGHUP)
    #expect(served.says("no longer serving on https://\(plain)/"))
    #expect(try curl("http://\(plain)/healthz").output == "ok\n")
    #expect(served.stop() == 0)
  }

  @Test func whatWasTypedGoesOnAndIsToldSo() throws {
    let other = "127.0.0.1:\(LoopbackSocket.freePort())"
    let mirror = try Mirror(configuration(["127.0.0.1:\(LoopbackSocket.freePort())"]))
    let served = try ServedMirror(mirror)
    try mirror.write(configuration([other]))
    served.signal(SIGHUP)
    #expect(served.says("what --listen said goes on"))
    #expect(try served.get("healthz").code == 200)
    #expect(try curl("http://\(other)/healthz").code == 7)
    #expect(served.stop() == 0)
  }

  private func waits(until condition: () -> Bool) -> Bool {
    for _ in 0..<1000 {
      if condition() { return true }
      usleep(10_000)
    }
    return false
  }
}
