import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// The clean-up, with the built binary and a running server.
@Suite struct GCTests {
  private let now = "[serve]\ngrace = 0\n[gc]\nkeep_states = 0\nkeep_leftovers = 0\n"

  private func squashfs(_ version: String) -> String { "noble/amd64/\(version)/squashfs" }

  /// Versions that came and went, one after the other.
  private func mirror(_ versions: [String], _ upstream: FakeUpstream, settings: String) throws -> Mirror {
    let mirror = try Mirror(configuration(upstream, settings))
    #expect(try mirror.run("keys", "create").code == 0)
    for (number, version) in versions.enumerated() {
      try upstream.publish([Catalogue.ubuntu(versions: [version])], updated: FakeUpstream.time + Int64(number) * 3600)
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 0, "\(run.errors)")
      try waitUntilItIsPast(mirror)
    }
    return mirror
  }

  /// Two publishes in one second are given different times all the same, and the second one's is yet to come.
  private func waitUntilItIsPast(_ mirror: Mirror) throws {
    let record = try #require(try mirror.state().first { $0.key.hasPrefix("publications/") }).value
    let current = try #require(try JSONReader.read(Array(record))["current"])
    guard case .number(let text)? = current["publishedAt"], let time = Double(text) else { return #expect(Bool(false)) }
    let deadline = Date(timeIntervalSinceNow: 10)
    while Date().timeIntervalSince1970 < time + 1, Date() < deadline { usleep(10_000) }
  }

  private func configuration(_ upstream: FakeUpstream, _ settings: String) -> String {
    settings + Mirror.source("stable", upstream, keep: 1, extra: "keep_snapshots = 1")
      + Mirror.publication("ephemeral-v3/stable", ["stable"])
  }

  private func has(_ version: String, _ mirror: Mirror, _ upstream: FakeUpstream) throws -> Bool {
    let digest = SHA256Digest(hashing: try #require(upstream.file(squashfs(version))))
    return FileManager.default.fileExists(atPath: DataFolder(root: mirror.data).blob(digest))
  }

  @Test func aSyncThatPublishesCleansUpBehindItself() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(["20260101", "20260102", "20260103"], upstream, settings: now)
    // The state before the last switch went with it: its grace period is 0.
    #expect(try !has("20260101", mirror, upstream) && has("20260103", mirror, upstream))
    #expect(try mirror.json("snapshots").array?.count == 1)
    #expect(try mirror.run("verify").code == 0)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0 && !run.output.contains("clean-up"), "\(run.output)")
  }

  @Test func aRunningServerKeepsWhatRegionsAreStillDue() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(["20260101", "20260102"], upstream, settings: "[gc]\nautomatic = false\nkeep_states = 0\n")
    let server = try mirror.serve()
    let run = try mirror.run("gc")
    #expect(run.code == 0, "\(run.errors)")
    #expect(try server.get("ephemeral-v3/stable/\(squashfs("20260101"))").code == 200)
    try mirror.write(configuration(upstream, now))
    server.signal(SIGHUP)
    #expect(server.says("was read again"))
    let removed = try mirror.run("gc")
    #expect(removed.code == 0 && removed.output.contains("1 snapshot"), "\(removed.output) \(removed.errors)")
    #expect(try server.eventually("ephemeral-v3/stable/\(squashfs("20260101"))") { $0.code == 404 })
    #expect(try server.get("ephemeral-v3/stable/\(squashfs("20260102"))").code == 200)
    #expect(String(decoding: try server.get("readyz").body, as: UTF8.self) == "ready\n")
    #expect(try mirror.run("verify").code == 0)
    #expect(try mirror.run("gc").output.hasPrefix("nothing to remove"))
  }

  @Test func aDryRunTellsWhatTheRealOneDoes() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(["20260101", "20260102"], upstream, settings: "[gc]\nautomatic = false\n")
    try mirror.write(configuration(upstream, now))
    let before = try mirror.state()
    let planned = try mirror.json("gc", "--dry-run")
    #expect(planned["state"] == .string("dry_run"))
    #expect(try mirror.state() == before)
    #expect(try has("20260101", mirror, upstream))
    let done = try mirror.json("gc")
    #expect(done["state"] == .string("done"))
    #expect(done["removed"] == planned["removed"] && done["freed_bytes"] == planned["freed_bytes"])
    #expect(try !has("20260101", mirror, upstream))
  }

  @Test func aMassRemovalWaitsUntilItIsAccepted() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(
      ["20260101", "20260102", "20260103", "20260104"], upstream, settings: "[gc]\nautomatic = false\n")
    try mirror.write(configuration(upstream, now))
    let before = try mirror.state()
    let refused = try mirror.run("gc")
    #expect(refused.code == 1)
    #expect(refused.errors.contains("max_removal") && refused.errors.contains("--accept-removal"))
    #expect(try mirror.state() == before && has("20260101", mirror, upstream))
    // Behind a sync it is told as well, and the sync itself stands.
    let sync = try mirror.run("sync", "--publish")
    #expect(sync.code == 1 && sync.errors.contains("max_removal"))
    #expect(try has("20260101", mirror, upstream))
    #expect(try mirror.run("gc", "--accept-removal").code == 0)
    #expect(try !has("20260101", mirror, upstream) && has("20260104", mirror, upstream))
    #expect(try mirror.run("verify").code == 0)
  }

  @Test func aSourceThatLeftTheConfigurationGoesWhenItIsForgotten() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let other = try FakeUpstream()
    try other.publish([Catalogue.ubuntu(versions: ["20260201"])])
    let rest = "[gc]\nmax_removal = \"100 %\"\n" + Mirror.source("stable", upstream)
    let mirror = try Mirror(rest + Mirror.source("other", other))
    #expect(try mirror.run("sync").code == 0)
    #expect(try mirror.run("gc", "--forget", "other").code == 64)
    try mirror.write(rest)
    let kept = try mirror.run("gc")
    #expect(kept.code == 0 && kept.output.contains("gc --forget other"))
    #expect(try has("20260201", mirror, other))
    #expect(try mirror.run("gc", "--forget", "other").code == 0)
    #expect(try !has("20260201", mirror, other) && has("20260101", mirror, upstream))
    #expect(try mirror.json("snapshots").array?.count == 1)
  }

  /// What it just did is no advice.
  @Test func aSourceThatIsForgottenWhileItIsPublishedGoesLater() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    try mirror.write("")
    let run = try mirror.run("gc", "--forget", "stable")
    #expect(run.code == 0 && run.output.contains("a snapshot of “stable” stays for now"), "\(run.output)\(run.errors)")
    #expect(!run.output.contains("--forget"))
    #expect(try has("20260101", mirror, upstream))
  }

  @Test func keepsDownloadsThatMayGoOn() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(["20260101"], upstream, settings: "")
    let partial = "\(mirror.data)/incoming/\(String(repeating: "a", count: 64)).part"
    try Data("half".utf8).write(to: URL(fileURLWithPath: partial))
    #expect(try mirror.run("gc").code == 0)
    #expect(FileManager.default.fileExists(atPath: partial))
    try mirror.write(configuration(upstream, now))
    #expect(try mirror.run("gc").output.contains("1 broken-off download, 4 B"))
    #expect(!FileManager.default.fileExists(atPath: partial))
  }

  /// At moments from its start to behind its end: what is named is there, and the next run ends the work.
  @Test func aKillAtAnyMomentLosesNothing() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(
      ["20260101", "20260102", "20260103"], upstream, settings: "[gc]\nautomatic = false\n")
    try mirror.write(configuration(upstream, now + "max_removal = \"100 %\"\n"))
    let whole = mirror.folder.file("whole")
    #expect(try ProcessRun.run("/bin/cp", ["-a", mirror.data, whole]).code == 0)
    var killed = 0
    for moment in 0..<20 {
      try FileManager.default.removeItem(atPath: mirror.data)
      #expect(try ProcessRun.run("/bin/cp", ["-a", whole, mirror.data]).code == 0)
      let process = try SpawnedProcess(Mirror.binary, ["gc", "--config", mirror.configuration])
      usleep(UInt32(moment) * 4_000)
      process.signal(SIGKILL)
      if process.wait(seconds: 10) == -SIGKILL { killed += 1 }
      let verified = try mirror.run("verify")
      #expect(verified.code == 0, "after \(moment * 4) ms: \(verified.output)\(verified.errors)")
      let run = try mirror.run("gc")
      #expect(run.code == 0, "after \(moment * 4) ms: \(run.errors)")
      #expect(try !has("20260101", mirror, upstream) && has("20260103", mirror, upstream))
    }
    #expect(killed > 3, "\(killed) of 20 were killed before they ended")
  }

  @Test func waitsForNoOtherWriterAndBeginsNoMirror() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(["20260101"], upstream, settings: "")
    let lock = try #require(FileHandle(forUpdatingAtPath: "\(mirror.data)/lock"))
    #expect(flock(lock.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    #expect(try mirror.run("gc").code == 75)
    let empty = try Mirror("")
    #expect(try empty.run("gc").code == 74)
    #expect(!FileManager.default.fileExists(atPath: empty.data))
  }
}
