import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// Damage on the disk, and its repair, with the built binary.
@Suite struct VerifyTests {
  private let index = "ephemeral-v3/stable/streams/v1/index.sjson"
  private let files = ["squashfs", "ga-24.04/generic/boot-kernel", "squashfs.manifest"].map {
    "noble/amd64/20260101/\($0)"
  }

  private func published(_ upstream: FakeUpstream) throws -> Mirror {
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    return mirror
  }

  private func blob(_ path: String, _ mirror: Mirror, _ upstream: FakeUpstream) throws -> String {
    DataFolder(root: mirror.data).blob(SHA256Digest(hashing: try #require(upstream.file(path))))
  }

  /// Of the same length: the size alone gives nothing away.
  private func damage(_ path: String) throws {
    #expect(chmod(path, 0o644) == 0)
    var bytes = try #require(FileManager.default.contents(atPath: path))
    bytes[bytes.count / 2] ^= 1
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.write(contentsOf: bytes)
    #expect(chmod(path, 0o444) == 0)
  }

  private func faults(_ report: JSONValue, _ kind: String) -> [JSONValue] { report[kind]?.array ?? [] }

  @Test func aDamagedBlobIsServedToNobodyFromTheMomentItIsFound() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let server = try mirror.serve()
    try damage(try blob(files[0], mirror, upstream))
    let run = try mirror.run("verify")
    #expect(run.code == 74)
    #expect(run.output.contains("1 damaged") && run.output.contains(files[0]))
    #expect(try server.eventually("ephemeral-v3/stable/\(files[0])") { $0.code >= 400 })
    #expect(try server.get("ephemeral-v3/stable/\(files[1])").code == 200)
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(Array(try server.get("ephemeral-v3/stable/\(files[0])").body) == upstream.file(files[0]))
  }

  /// A sync can hold the lock for hours.
  @Test func aWriterThatWorksDoesNotKeepDamageInService() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try damage(try blob(files[0], mirror, upstream))
    let lock = try #require(FileHandle(forUpdatingAtPath: "\(mirror.data)/lock"))
    #expect(flock(lock.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    let run = try mirror.run("verify", "--repair")
    #expect(run.code == 75 && run.output.contains("1 damaged"))
    #expect(!FileManager.default.fileExists(atPath: try blob(files[0], mirror, upstream)))
    #expect(flock(lock.fileDescriptor, LOCK_UN) == 0)
    #expect(try mirror.run("verify", "--repair").code == 0)
    #expect(FileManager.default.fileExists(atPath: try blob(files[0], mirror, upstream)))
  }

  @Test func repairsFromTheSourceAndSaysWhatItCouldNot() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try damage(try blob(files[0], mirror, upstream))
    try FileManager.default.removeItem(atPath: try blob(files[1], mirror, upstream))
    upstream.misbehave(at: files[1]) { _, _ in .answer("404 Not Found") }
    let report = try mirror.json("verify", "--repair")
    #expect(faults(report, "damaged").map { $0["repaired"] } == [.bool(true)])
    #expect(faults(report, "missing").map { $0["repaired"] } == [.bool(false)])
    #expect(faults(report, "missing").first?["repair_failure"]?.string?.contains("404") == true)
    #expect(try mirror.run("verify", "--repair").code == 74)
    try damage(try blob(files[0], mirror, upstream))
    #expect(try mirror.run("verify", "--repair").code == 1)
    upstream.behave()
    #expect(try mirror.run("verify", "--repair").code == 0)
    #expect(try mirror.run("verify").code == 0)
    #expect(mirror.leftovers.isEmpty)
  }

  /// Each is needed: without the keyring no region gets to know the key, without the rest nothing is published any more.
  @Test(arguments: ["keyring", "payload", "tree"], [false, true])
  func whatThePublicationNeedsBesideItsFilesIsLookedAt(part: String, isLost: Bool) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let server = try mirror.serve()
    let data = DataFolder(root: mirror.data)
    let store = PublicationStore(data, blobs: FileBlobStore(data))
    let path = try #require(PublicationPath("ephemeral-v3/stable"))
    let record = try #require(try store.record(path))
    let snapshots = SnapshotStore(data)
    let digest: SHA256Digest? =
      switch part {
      case "keyring": try store.tree(record.current.tree).keyring
      case "payload": try snapshots.ids().first.flatMap { try snapshots.load($0).documents.last?.payload }
      default: record.current.tree
      }
    let file = data.blob(try #require(digest))
    if isLost { #expect(unlink(file) == 0) } else { try damage(file) }
    if part == "keyring" {
      #expect(
        try server.eventually("readyz") { $0.code == 503 && String(decoding: $0.body, as: UTF8.self).contains(part) })
      let fresh = try mirror.serve()
      #expect(try fresh.get(index).code == 200)
      #expect(try [500, 503].contains(fresh.get("keyring.gpg").code))
    }
    let run = try mirror.run("verify")
    #expect(run.code == 74 && !run.output.contains("nothing needs it"), "\(run.output)")
    #expect(try mirror.run("verify").code == 74, "it is still gone")
    let sync = try mirror.run("sync", "--publish")
    #expect(sync.code == 0, "\(sync.output)\(sync.errors)")
    #expect(try mirror.run("verify").code == 0)
    #expect(try server.eventually("readyz") { String(decoding: $0.body, as: UTF8.self) == "ready\n" })
  }

  @Test(arguments: ["folder", "pipe", "link"])
  func whatIsNoFileInABlobsPlaceIsMovedAwayAndTheBlobComesBack(kind: String) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let path = try blob(files[0], mirror, upstream)
    unlink(path)
    switch kind {
    case "folder": #expect(mkdir(path, 0o755) == 0)
    case "pipe": #expect(mkfifo(path, 0o644) == 0)
    default: #expect(symlink(path, path) == 0)
    }
    let server = try mirror.serve()
    #expect(try server.get("ephemeral-v3/stable/\(files[0])").code == 500)
    let verified = try mirror.run("verify")
    #expect(verified.code == 74 && verified.output.contains(files[0]), "\(verified.output)")
    let run = kind == "folder" ? try mirror.run("verify", "--repair") : try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(mirror.data)/quarantine").count == 1)
    #expect(Array(try server.get("ephemeral-v3/stable/\(files[0])").body) == upstream.file(files[0]))
    #expect(try mirror.run("verify").code == 0)
  }

  /// What comes back in its place is held against its name like everything that arrives.
  @Test func takesNothingElseForTheBlob() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let path = try blob(files[0], mirror, upstream)
    try damage(path)
    var wrong = try #require(upstream.file(files[0]))
    wrong[3] ^= 1
    let bytes = wrong
    upstream.misbehave(at: files[0]) { _, _ in .answer("200 OK", body: bytes) }
    #expect(try mirror.run("verify", "--repair").code == 74)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(mirror.leftovers.isEmpty)
  }

  @Test func repairsFromAPeerWhenUpstreamIsGone() throws {
    let upstream = try FakeUpstream()
    let (mirror, other) = (try published(upstream), try published(upstream))
    let peer = try other.serve()
    try damage(try blob(files[0], mirror, upstream))
    upstream.misbehave(at: files[0]) { _, _ in .answer("410 Gone") }
    let url = peer.url("ephemeral-v3/stable/")
    #expect(try mirror.run("verify", "--peer", url).code == 64)
    let run = try mirror.run("verify", "--repair", "--peer", url)
    #expect(run.code == 0 && run.output.contains("REPAIRED"), "\(run.output)\(run.errors)")
    #expect(try mirror.run("verify").code == 0)
  }

  @Test func goesOnWhereTheBudgetEndedIt() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let all = try mirror.json("verify")
    let (count, bytes) = (number(all["checked"]), number(all["bytes"]))
    #expect(count > 5 && number(all["left"]) == 0 && all["oldest_check"] != .null)
    for suffix in ["", "-wal", "-shm"] { unlink("\(mirror.data)/catalog.sqlite\(suffix)") }
    // Nobody remembers: the writer makes a new catalog, and all are as never checked.
    #expect(try mirror.json("verify", "--bytes", "1")["notes"]?.array?.isEmpty == false)
    #expect(try mirror.run("sync").code == 0)
    var rounds: [Int] = []
    while rounds.count < 50 {
      let part = try mirror.json("verify", "--bytes", "\(bytes / 3 + 1)")
      rounds.append(number(part["checked"]))
      if part["oldest_check"] != .null { break }
      #expect(rounds.reduce(0, +) < count + 5, "the same ones again: \(rounds)")
    }
    #expect(rounds.count >= 3 && rounds.reduce(0, +) >= count, "\(rounds)")
    #expect(try mirror.run("verify", "--budget", "soon").code == 64)
    #expect(number(try mirror.json("verify", "--budget", "10 min")["left"]) == 0)
  }

  private func number(_ value: JSONValue?) -> Int {
    if case .number(let text)? = value { return Int(text) ?? -1 }
    return -1
  }

  @Test func aDamagedSnapshotIsSetAsideAndMadeAnew() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let name = try #require(try mirror.state().keys.first { $0.hasPrefix("snapshots/") })
    #expect(chmod("\(mirror.data)/\(name)", 0o644) == 0)
    try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(mirror.data)/\(name)"))
    let run = try mirror.run("verify")
    #expect(run.code == 74 && run.output.contains("moved snapshot"), "\(run.output)")
    #expect(!FileManager.default.fileExists(atPath: "\(mirror.data)/\(name)"))
    let sync = try mirror.run("sync", "--publish")
    #expect(sync.code == 0, "\(sync.errors)")
    #expect(try mirror.run("verify").code == 0)
    #expect(try mirror.run("gc").code == 0)
  }

  @Test func aDamagedSnapshotDoesNotStopASync() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let name = try #require(try mirror.state().keys.first { $0.hasPrefix("snapshots/") })
    #expect(chmod("\(mirror.data)/\(name)", 0o644) == 0)
    try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(mirror.data)/\(name)"))
    #expect(try mirror.run("sync").code == 0)
    #expect(try mirror.run("publish").code == 0)
  }

  @Test func readsBlobsAtTheLowestPriority() throws {
    guard let strace = Needed.program("strace", for: "the priority of verify") else { return }
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let log = mirror.folder.file("trace")
    let run = try ProcessRun.run(
      strace,
      [
        "-f", "-e", "trace=ioprio_set,setpriority,openat", "-o", log, Mirror.binary, "verify", "--config",
        mirror.configuration,
      ])
    let trace = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    if trace.isEmpty {
      print("SKIPPED: the priority of verify, because strace may not trace here: \(run.errors)")
      return
    }
    let set = try #require(trace.range(of: "ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE"))
    let read = try #require(trace.range(of: "/blobs/sha256/"))
    #expect(set.lowerBound < read.lowerBound)
    #expect(trace.contains("setpriority(PRIO_PROCESS, 0, 19)"))
  }
}
