import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// What a sync does besides succeeding.
@Suite struct SyncTests {
  private let squashfs = "noble/amd64/20260102/squashfs"

  @Test func nothingNewCostsOneConditionalRequest() throws {
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    let (state, count) = (try mirror.state(), upstream.requests.count)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0)
    #expect(run.output.contains("nothing new") && run.output.contains("unchanged"))
    #expect(upstream.requests.count == count + 1)
    #expect(try mirror.state() == state)
  }

  /// A server that knows seconds only, and an index that changes twice in one.
  @Test func anIndexThatChangesInTheSecondOfASyncIsSeen() throws {
    let upstream = try FakeUpstream()
    let name = "streams/v1/index.sjson"
    let modified = "Last-Modified: Thu, 28 May 2026 20:26:40 GMT"
    func serve(answeredAt date: String) {
      // Its home goes with it at the end of the test.
      upstream.misbehave(at: name) { [unowned upstream] request, _ in
        let headers = [modified, "Date: \(date)"]
        if modified.hasSuffix(request.headers["if-modified-since"] ?? "-") {
          return .answer("304 Not Modified", headers: headers)
        }
        return .answer("200 OK", headers: headers, body: upstream.file(name) ?? [])
      }
    }
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    serve(answeredAt: "Thu, 28 May 2026 20:26:40 GMT")
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101", "20260102"])], updated: FakeUpstream.time + 3600)
    #expect(try mirror.run("sync").output.contains("4 files"))
    // Once the date is settled, it is what the index is recognised by.
    serve(answeredAt: "Thu, 28 May 2026 20:30:00 GMT")
    for _ in 1...2 { #expect(try mirror.run("sync").output.contains("nothing new")) }
    let asked = upstream.requestsWith("if-modified-since")
    #expect(asked.map(\.target) == ["/tree/\(name)"])
  }

  @Test func aMovedTimeAloneMakesNoSnapshot() throws {
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo(), updated: FakeUpstream.time)
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    let state = try mirror.state()
    try upstream.publish(try Catalogue.demo(), updated: FakeUpstream.time + 3600)
    #expect(try mirror.run("sync").code == 0)
    #expect(try mirror.state() == state)
  }

  @Test func aDamagedFileLeavesItsVersionOutAndEverythingElseGoesOn() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101", "20260102"])])
    var damaged = try #require(upstream.file(squashfs))
    damaged[100] ^= 1
    let bytes = damaged
    upstream.misbehave(at: squashfs) { _, _ in .answer("200 OK", body: bytes) }
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("keys", "create").code == 0)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 1)
    #expect(run.output.contains("20260102: item squashfs"))
    #expect(mirror.leftovers.isEmpty)
    #expect(upstream.requests.filter { $0.hasSuffix(squashfs) }.count == 1)
    #expect(try mirror.run("keys", "export", "-o", mirror.folder.file("keyring.gpg")).code == 0)
    let walk = try RegionWalk(try mirror.serve(), keyring: mirror.folder.file("keyring.gpg"))
    #expect(walk.products.flatMap(\.products).flatMap(\.versions).map(\.name) == ["20260101"])
    upstream.behave()
    #expect(try mirror.run("sync", "--publish").code == 0)
  }

  @Test func aKilledSyncGoesOnWhereItStopped() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])], squashfs: 400_000)
    let whole = try #require(upstream.file(squashfs))
    upstream.misbehave(at: squashfs) { _, attempt in
      attempt > 1
        ? nil
        : [
          .send("HTTP/1.1 200 OK\r\nContent-Length: \(whole.count)\r\n\r\n"), .bytes(Array(whole[..<300_000])), .stall,
        ]
    }
    let mirror = try Mirror(source: upstream)
    // What was gathered for the next write goes with the process.
    let written = 2 * 128 * 1024
    let process = try SpawnedProcess(Mirror.binary, ["sync", "--quiet", "--config", mirror.configuration])
    let deadline = Date(timeIntervalSinceNow: 20)
    while Date() < deadline, !mirror.leftovers.contains(where: { held($0, mirror) >= written }) { usleep(10_000) }
    process.signal(SIGKILL)
    #expect(process.wait(seconds: 10) == -SIGKILL)
    #expect(mirror.leftovers.contains { held($0, mirror) >= written })
    // And nothing but what can be gone on with: the next sync has other documents.
    #expect(mirror.leftovers.allSatisfy { $0.hasSuffix(".part") })
    let index = SHA256Digest(hashing: try #require(upstream.file("streams/v1/index.sjson"))).hex
    #expect(!FileManager.default.fileExists(atPath: "\(mirror.data)/blobs/sha256/\(index.prefix(2))/\(index)"))
    let run = try mirror.run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect(upstream.rangedRequests.map { $0.headers["range"] } == ["bytes=\(written)-"])
    #expect(mirror.leftovers.isEmpty)
    #expect(FileManager.default.fileExists(atPath: "\(mirror.data)/blobs/sha256/\(index.prefix(2))/\(index)"))
    #expect(try mirror.run("verify").code == 0)
  }

  private func held(_ name: String, _ mirror: Mirror) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: "\(mirror.data)/incoming/\(name)")
    return (attributes?[.size] as? Int) ?? 0
  }

  @Test func aBlobThatIsGoneIsFetchedAgain() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    let digest = SHA256Digest(hashing: try #require(upstream.file(squashfs))).hex
    try FileManager.default.removeItem(atPath: "\(mirror.data)/blobs/sha256/\(digest.prefix(2))/\(digest)")
    #expect(try mirror.run("sync").code == 0)
    #expect(FileManager.default.fileExists(atPath: "\(mirror.data)/blobs/sha256/\(digest.prefix(2))/\(digest)"))
  }

  @Test func equalBytesUnderSeveralPathsAreFetchedAndKeptOnce() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101", "20260102"])])
    let mirror = try Mirror(source: upstream)
    let plan = try #require(try mirror.json("plan").array?.first)
    let sync = try #require(try mirror.json("sync").array?.first)
    #expect(sync["fetched_files"] == plan["fetch_files"])
    #expect(sync["fetched_bytes"] == plan["fetch_bytes"])
    let again = try #require(try mirror.json("plan").array?.first)
    #expect(again["fetch_files"] == .number("0"))
  }

  /// What has come must not stay open, nor in memory, for as long as other files wait for their turn.
  @Test func ofManyFilesOnlyThoseThatAreOnTheirWayAreOpen() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: (100..<250).map { "20260\($0)" })])
    let mirror = try Mirror(source: upstream, keep: 1000)
    let words = ["-c", "ulimit -n 128 && exec \"$0\" \"$@\"", Mirror.binary, "sync", "--config", mirror.configuration]
    let run = try ProcessRun.run("/bin/sh", words)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("600 files"))
    #expect(mirror.leftovers.isEmpty)
  }

  @Test func twoSyncsAtOnceExcludeEachOther() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    let lock = try #require(FileHandle(forUpdatingAtPath: "\(mirror.data)/lock"))
    #expect(flock(lock.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    let run = try mirror.run("sync")
    #expect(run.code == 75)
    #expect(run.errors.contains("another maas-mirror is writing"))
  }

  @Test func aSecondSyncWaitsWhenItIsTold() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    let lock = try #require(FileHandle(forUpdatingAtPath: "\(mirror.data)/lock"))
    #expect(flock(lock.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    let hopeless = try mirror.run("sync", "--wait", "1 s")
    #expect(hopeless.code == 75)
    #expect(hopeless.errors.contains("waiting for another maas-mirror"))
    let output = mirror.folder.file("waiting.log")
    let process = try SpawnedProcess(
      Mirror.binary, ["sync", "--wait", "1 min", "--config", mirror.configuration], output: output)
    let deadline = Date(timeIntervalSinceNow: 20)
    func said() -> String { String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self) }
    while Date() < deadline, !said().contains("waiting for another") { usleep(10_000) }
    #expect(process.isRunning)
    #expect(flock(lock.fileDescriptor, LOCK_UN) == 0)
    #expect(process.wait(seconds: 20) == 0)
    #expect(said().contains("nothing new"))
    #expect(try mirror.run("sync", "--wait", "soon").code == 64)
  }

  /// Two of the real ones: the first holds the lock while upstream takes its time.
  @Test func ofTwoSyncsAtOnceTheSecondEndsOrWaitsAsItIsTold() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("keys", "create").code == 0)
    let whole = try #require(upstream.file(squashfs))
    upstream.misbehave(at: squashfs) { _, attempt in
      attempt > 1 ? nil : [.send("HTTP/1.1 200 OK\r\nContent-Length: \(whole.count)\r\n\r\n"), .stall]
    }
    let first = try SpawnedProcess(Mirror.binary, ["sync", "--publish", "--config", mirror.configuration])
    let deadline = Date(timeIntervalSinceNow: 20)
    while Date() < deadline, !upstream.requests.contains(where: { $0.hasSuffix("squashfs") }) { usleep(10_000) }
    for command in [["sync"], ["publish"], ["gc"]] {
      let run = try ProcessRun.run(Mirror.binary, command + ["--config", mirror.configuration])
      #expect(run.code == 75 && run.errors.contains("(sync, process \(first.id)"), "\(command): \(run.errors)")
    }
    let output = mirror.folder.file("second.log")
    let second = try SpawnedProcess(
      Mirror.binary, ["sync", "--publish", "--wait", "1 min", "--config", mirror.configuration], output: output)
    func said() -> String { String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self) }
    while Date() < deadline, !said().contains("waiting for another maas-mirror (sync, process \(first.id)") {
      usleep(10_000)
    }
    #expect(second.isRunning && first.isRunning)
    // The kernel lets go of the lock of one that is killed.
    first.signal(SIGKILL)
    #expect(second.wait(seconds: 30) == 0, "\(said())")
    #expect(said().contains("number 1"))
    #expect(try StoreInvariants.violations(in: mirror.data) == [])
  }

  @Test func aFullDiskIsToldBeforeTheFirstByte() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(
      Mirror.source("stable", upstream).replacingOccurrences(of: "min_free = 0", with: "min_free = \"900 TB\""))
    let run = try mirror.run("sync")
    #expect(run.code == 74)
    #expect(run.errors.contains("must stay free"))
    #expect(!upstream.requests.contains { $0.hasSuffix("squashfs") })
  }

  @Test func aDeadUpstreamIsUnreachable() throws {
    let mirror = try Mirror(
      """
      [[source]]
      name = "stable"
      url = "http://user:secret@127.0.0.1:\(try ScriptedServer.deadPort())/"
      unsigned = true
      retries = 0
      """)
    let run = try mirror.run("sync")
    #expect(run.code == 69)
    #expect(!run.errors.contains("secret") && !run.output.contains("secret"))
    let catalog = FileManager.default.contents(atPath: "\(mirror.data)/catalog.sqlite") ?? Data()
    let journal = FileManager.default.contents(atPath: "\(mirror.data)/catalog.sqlite-wal") ?? Data()
    #expect((catalog + journal).range(of: Data("secret".utf8)) == nil)
  }

  /// Beside what does match.
  @Test func aWordThatMatchesNothingIsNamedByEveryoneWhoReadsTheSelection() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(
      source: upstream,
      select: """
        [[source.select]]
        release = ["noble", "jamy"]
        [[source.select]]
        release = ["xenial"]
        [[source.select]]
        relase = ["noble"]
        """)
    let told = [
      "[[source.select]] 1: nothing meets release = jamy", "[[source.select]] 2: nothing meets release = xenial",
      "[[source.select]] 3: no product has an attribute “relase”",
    ]
    for command in ["list", "plan", "sync"] {
      let run = try mirror.run(command)
      #expect(run.code == 0)
      for text in told { #expect(run.output.contains(text), "\(command): \(run.output)") }
    }
    #expect(try mirror.json("plan").array?.first?["notes"]?.array?.count == 3)
  }

  /// Nothing in mirror.conf would mend that.
  @Test func anUpstreamThatListsNothingIsNoMistakeOfTheSelection() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([])
    let mirror = try Mirror(source: upstream)
    for command in ["plan", "sync"] {
      let run = try mirror.run(command)
      #expect(run.code == 65 && run.errors.contains("“stable” lists no images at all"), "\(run.errors)")
    }
    #expect(try mirror.state().isEmpty)
  }

  @Test func aSelectionThatMatchesNothingSaysSo() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream, select: "[[source.select]]\nrelease = [\"nobel\"]")
    let run = try mirror.run("sync")
    #expect(run.code == 78)
    for text in ["maas-mirror list", "[[source.select]] 1: nothing meets release = nobel"] {
      #expect(run.errors.contains(text), "\(run.errors)")
      #expect(try mirror.run("plan").errors.contains(text))
    }
  }
}
