import Foundation
import Simplestreams
import TestSupport
import Testing

/// Keys of an operator's own GnuPG home, with an end or one that has come.
@Suite struct SigningKeyTests {
  private let upstream: FakeUpstream
  private let mirror: Mirror

  init() throws {
    upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    mirror = try Mirror("")
    try mirror.write(configuration())
    try FileManager.default.createDirectory(
      atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  private var home: String { mirror.folder.file("own") }

  private func configuration(signing: String = "", publications: String = "") -> String {
    signing + Mirror.source("stable", upstream) + Mirror.publication("local", ["stable"]) + publications
  }

  /// - Parameter expires: as gpg takes it.
  private func makeKey(expires: String, at moment: String? = nil) throws {
    let time = moment.map { ["--faked-system-time", "\($0)!"] } ?? []
    let run = try ProcessRun.run(
      "/usr/bin/gpg",
      ["--batch", "--quiet", "--homedir", home, "--pinentry-mode", "loopback", "--passphrase", ""] + time
        + ["--quick-generate-key", "an operator", "ed25519", "sign", expires])
    try #require(run.code == 0, "\(run.errors)")
    _ = try ProcessRun.run("/usr/bin/gpgconf", ["--homedir", home, "--kill", "all"])
  }

  @Test func anExpiredKeyIsToldBeforeTheFirstFileIsFetched() throws {
    try makeKey(expires: "1d", at: "20200101T000000")
    try mirror.write(configuration(signing: "[signing]\nhome = \"\(home)\"\n"))
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 78 && run.errors.contains("expired on 2020-01-02"), "\(run.errors)")
    #expect(!upstream.requests.contains { $0.hasSuffix("squashfs") })
    #expect(try mirror.run("keys", "show").output.contains("expired 2020-01-02"))
    #expect(try mirror.state().isEmpty)
  }

  @Test func aKeyThatSoonExpiresIsWarnedOfAndSignsUntilThen() throws {
    try makeKey(expires: "20d")
    try mirror.write(configuration(signing: "[signing]\nhome = \"\(home)\"\n"))
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0 && run.output.contains("expires on"), "\(run.output)\(run.errors)")
    let notes = try mirror.json("publish").array?.first?["notes"]?.array?.compactMap(\.string) ?? []
    #expect(notes.contains { $0.contains("--quick-set-expire") }, "\(notes)")
  }

  @Test func aKeyIsTakenOverByOneAtATime() throws {
    try makeKey(expires: "never")
    let secret = mirror.folder.file("secret.gpg")
    let exported = try ProcessRun.run(
      "/usr/bin/gpg",
      ["--batch", "--homedir", home, "--pinentry-mode", "loopback", "--passphrase", "", "--output", secret]
        + ["--export-secret-keys"])
    _ = try ProcessRun.run("/usr/bin/gpgconf", ["--homedir", home, "--kill", "all"])
    try #require(exported.code == 0, "\(exported.errors)")
    try FileManager.default.createDirectory(atPath: mirror.data, withIntermediateDirectories: true)
    let lock = try #require(
      FileManager.default.createFile(atPath: "\(mirror.data)/lock", contents: nil)
        ? FileHandle(forUpdatingAtPath: "\(mirror.data)/lock") : nil)
    #expect(flock(lock.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    let run = try mirror.run("keys", "import", secret)
    #expect(run.code == 75 && run.errors.contains("another maas-mirror is writing"), "\(run.errors)")
    #expect(flock(lock.fileDescriptor, LOCK_UN) == 0)
    #expect(try mirror.run("keys", "import", secret).code == 0)
  }

  /// Also with --json, whose reader learns what was published and what was not.
  @Test func aKeyThatCannotBeHadStopsOnlyWhatItSigns() throws {
    let stranger = String(repeating: "AB", count: 20)
    #expect(try mirror.run("keys", "create").code == 0)
    #expect(try mirror.run("sync").code == 0)
    try mirror.write(
      configuration(
        signing: "[signing]\nkey = \"\(stranger)\"\n",
        publications: Mirror.publication("passed-on", ["stable"], signed: "upstream")))
    #expect(try mirror.run("sync", "--publish").code == 1)
    let report = try mirror.json("sync", "--publish").array ?? []
    let published = report.compactMap { $0["publications"]?.array }.first ?? []
    #expect(published.count == 2 && published.first?["error"]?.string?.contains(stranger) == true, "\(report)")
    #expect(published.last?["number"] == .number("1"))
    #expect(Set(try mirror.state().keys.filter { $0.hasPrefix("publications/") }) == ["publications/passed-on.json"])
  }
}
