import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// A mirror that lost something, and gets it back with the commands that run every hour.
@Suite struct RecoveryTests {
  private let index = "ephemeral-v3/stable/streams/v1/index.sjson"
  private let squashfs = "noble/amd64/20260101/squashfs"

  private func published(_ upstream: FakeUpstream, signed: String = "local") throws -> Mirror {
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream, signed: signed)
    try mirror.begin()
    return mirror
  }

  private func blob(_ bytes: [UInt8], of mirror: Mirror) -> String {
    DataFolder(root: mirror.data).blob(SHA256Digest(hashing: bytes))
  }

  private func sound(_ mirror: Mirror) throws {
    let verified = try mirror.run("verify")
    #expect(verified.code == 0, "\(verified.output)")
    let server = try mirror.serve()
    #expect(try server.get(index).code == 200)
    #expect(try server.get("ephemeral-v3/stable/\(squashfs)").code == 200)
  }

  @Test(arguments: ["local", "upstream"])
  func aLostDocumentComesBack(signed: String) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream, signed: signed)
    let served = try mirror.serve().get(index)
    try FileManager.default.removeItem(atPath: blob(Array(served.body), of: mirror))
    let verified = try mirror.run("verify")
    #expect(verified.code == 74)
    #expect(verified.output.contains("gone") && verified.output.contains("index.sjson"))
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    try sound(mirror)
  }

  @Test(arguments: ["local", "upstream"])
  func aDamagedDocumentIsTakenAwayAndComesBack(signed: String) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream, signed: signed)
    let path = blob(Array(try mirror.serve().get(index).body), of: mirror)
    #expect(chmod(path, 0o644) == 0)
    var bytes = try #require(FileManager.default.contents(atPath: path))
    bytes[10] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    #expect(try mirror.run("verify").code == 74)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try mirror.run("sync", "--publish").code == 0)
    try sound(mirror)
  }

  @Test func aLostKeyringStopsTheSyncAndNotTheServer() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try FileManager.default.removeItem(atPath: upstream.keyring)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 78 && run.errors.contains(upstream.keyring))
    #expect(try mirror.serve().get(index).code == 200)
  }

  @Test func aLostItemStopsThePublicationUntilASyncBringsItBack() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try FileManager.default.removeItem(atPath: blob(try #require(upstream.file(squashfs)), of: mirror))
    let run = try mirror.run("publish")
    // It is our disk that lacks it, and nothing that MAAS would mind.
    #expect(run.code == 74)
    #expect(run.errors.contains(squashfs) && run.errors.contains("sync --publish"), "\(run.errors)")
    #expect(try mirror.run("sync", "--publish").code == 0)
    try sound(mirror)
  }

  @Test func aLostTreeIsStagedAnew() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let record = try #require(try mirror.state().first { $0.key.hasPrefix("publications/") })
    let tree = try #require(try JSONReader.read(Array(record.value))["current"]?["tree"]?.string)
    try FileManager.default.removeItem(
      atPath: DataFolder(root: mirror.data).blob(try #require(SHA256Digest(hex: tree))))
    let status = try mirror.run("status")
    #expect(status.code == 0)
    #expect(status.output.contains("DAMAGED") && status.output.contains("stable"))
    let run = try mirror.run("publish")
    #expect(run.code == 0, "\(run.errors)")
    try sound(mirror)
  }

  /// Without its history nobody would serve what was replaced within the grace period.
  @Test(arguments: ["damaged", "lost"], [true, false])
  func aDamagedOrLostRecordComesBackWithItsHistory(fault: String, isConfigured: Bool) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try upstream.publish([Catalogue.ubuntu(versions: ["20260201"])], updated: FakeUpstream.time + 3600)
    try mirror.write(Mirror.source("stable", upstream, keep: 1) + Mirror.publication("ephemeral-v3/stable", ["stable"]))
    #expect(try mirror.run("sync", "--publish").output.contains("published, number 2"))
    if !isConfigured { try mirror.write(Mirror.source("stable", upstream, keep: 1)) }
    let record = "\(mirror.data)/publications/ephemeral-v3~stable.json"
    let before = try #require(FileManager.default.contents(atPath: record))
    if fault == "lost" { unlink(record) } else { try Data("{".utf8).write(to: URL(fileURLWithPath: record)) }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0 && run.errors.contains("the record of /ephemeral-v3/stable/ was \(fault)"), "\(run.errors)")
    #expect(FileManager.default.contents(atPath: record) == before)
    #expect(try mirror.serve().get("ephemeral-v3/stable/\(squashfs)").body == upstream.file(squashfs) ?? [])
    #expect(try !mirror.run("sync", "--publish").errors.contains("the record of"))
    // And what was ended does not come back.
    #expect(try mirror.run("publish", "--remove", "ephemeral-v3/stable").code == 0)
    #expect(try mirror.run("gc").code == 0)
    #expect(!FileManager.default.fileExists(atPath: record))
  }

  /// The running server knows what it told regions, also where nobody else does any more.
  @Test func aServerKeepsWhatWasReplacedWhenTheRecordIsBegunAnew() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try upstream.publish([Catalogue.ubuntu(versions: ["20260201"])], updated: FakeUpstream.time + 3600)
    try mirror.write(Mirror.source("stable", upstream, keep: 1) + Mirror.publication("ephemeral-v3/stable", ["stable"]))
    #expect(try mirror.run("sync", "--publish").code == 0)
    let server = try mirror.serve()
    for folder in ["publications", "copies"] {
      let path = "\(mirror.data)/\(folder)/ephemeral-v3~stable.json"
      try Data("{".utf8).write(to: URL(fileURLWithPath: path))
    }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0 && run.output.contains("published, number 1"), "\(run.output)\(run.errors)")
    #expect(try server.eventually("") { String(decoding: $0.body, as: UTF8.self).contains("ephemeral-v3") })
    usleep(600_000)
    #expect(try server.get("ephemeral-v3/stable/\(squashfs)").body == upstream.file(squashfs) ?? [])
    #expect(try server.get(index).code == 200)
  }

  /// As an older version, or a copy that is damaged as well, leaves it; nobody has it in mirror.conf.
  @Test func aDamagedRecordThatNobodyCanBringBackStopsNoCleanUp() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try mirror.folder.write("{", "data/publications/old~x.json")
    let run = try mirror.run("sync", "--publish")
    #expect(
      run.code == 0 && run.errors.contains("“maas-mirror publish --remove” ends it"), "\(run.output)\(run.errors)")
    #expect(try mirror.run("gc").code == 0)
    #expect(try mirror.run("verify").code == 74)
    #expect(try mirror.run("publish", "--remove", "old/x").code == 0)
    try sound(mirror)
  }

  @Test(arguments: ["bytes", "empty", "folder"])
  func aDamagedSnapshotIsSetAsideByTheNextSync(damage: String) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let name = try #require(try mirror.state().keys.first { $0.hasPrefix("snapshots/") })
    let path = "\(mirror.data)/\(name)"
    unlink(path)
    switch damage {
    case "bytes": try mirror.folder.write("{}", "data/\(name)")
    case "empty": try mirror.folder.write("", "data/\(name)")
    default: #expect(mkdir(path, 0o755) == 0)
    }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(mirror.data)/quarantine").count == 1)
    let again = try mirror.run("sync", "--publish")
    #expect(again.code == 0 && !again.errors.contains("damaged"), "\(again.output)\(again.errors)")
    try sound(mirror)
  }

  @Test func aRecordThatIsDamagedAsItsCopyIsGetsReplaced() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let name = try #require(try mirror.state().keys.first { $0.hasPrefix("publications/") })
    for folder in [name, name.replacingOccurrences(of: "publications/", with: "copies/")] {
      try Data("{".utf8).write(to: URL(fileURLWithPath: "\(mirror.data)/\(folder)"))
    }
    let run = try mirror.run("publish")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("was damaged") && run.output.contains("number 1"))
    #expect(!run.output.contains("DecodingError"))
    try sound(mirror)
  }

  @Test func aCatalogWithDamagedPagesIsReadAroundAndRebuilt() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let path = "\(mirror.data)/catalog.sqlite"
    var bytes = try #require(FileManager.default.contents(atPath: path))
    bytes.replaceSubrange(4096..<bytes.count, with: Data(repeating: 0xA5, count: bytes.count - 4096))
    try bytes.write(to: URL(fileURLWithPath: path))
    for command in ["status", "plan", "snapshots"] {
      let run = try mirror.run(command)
      #expect(run.code == 0, "\(command): \(run.errors)")
    }
    #expect(try mirror.json("plan").array?.first?["kept_versions"] == .number("1"))
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.errors)")
    #expect(try mirror.json("snapshots").array?.count == 1)
    try sound(mirror)
  }

  /// Each passes SQLite's own checks, and nobody would mend it by hand at night.
  @Test(arguments: ["bit", "table", "rows", "folder", "link", "wal"])
  func aCatalogThatIsWholeAndSaysNothingIsRebuilt(damage: String) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let catalog = "\(mirror.data)/catalog.sqlite"
    switch damage {
    case "bit":
      var bytes = try #require(FileManager.default.contents(atPath: catalog))
      let place = try #require(bytes.firstRange(of: Data("[{\"".utf8)))
      bytes[place.lowerBound] ^= 1
      try bytes.write(to: URL(fileURLWithPath: catalog))
    case "table": guard try SQLiteStatement.run("DROP TABLE source", in: catalog) else { return }
    case "rows": guard try SQLiteStatement.run("UPDATE source SET floors = '['", in: catalog) else { return }
    case "wal": #expect(mkdir("\(catalog)-wal", 0o755) == 0)
    default:
      unlink(catalog)
      #expect((damage == "link" ? symlink("/nowhere/at/all", catalog) : mkdir(catalog, 0o755)) == 0)
    }
    for command in ["status", "plan"] { #expect(try mirror.run(command).code == 0, "\(command)") }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("\(catalog) was damaged and is kept as \(catalog).damaged-"), "\(run.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: mirror.data)
    #expect(names.contains { $0.hasPrefix("catalog.sqlite.damaged-") }, "\(names)")
    let again = try mirror.run("sync", "--publish")
    #expect(again.code == 0 && !again.errors.contains("damaged"), "\(again.errors)")
    #expect(try mirror.json("snapshots").array?.count == 1)
    // What was accepted is not forgotten.
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], updated: FakeUpstream.time - 3600)
    #expect(try mirror.run("sync").code == 65)
    try sound(mirror)
  }

  /// As a power loss leaves it, which takes what SQLite had not written through.
  @Test func aCatalogThatStandsBehindTheSnapshotsIsBroughtUpToThem() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let catalog = "\(mirror.data)/catalog.sqlite"
    let before = try #require(FileManager.default.contents(atPath: catalog))
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101", "20260201"])], updated: FakeUpstream.time + 3600)
    #expect(try mirror.run("sync", "--publish").code == 0)
    for suffix in ["-wal", "-shm"] { unlink("\(catalog)\(suffix)") }
    try before.write(to: URL(fileURLWithPath: catalog))
    let run = try mirror.run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect(try mirror.json("snapshots").array?.compactMap { $0["sequence"] } == [.number("2"), .number("1")])
    // Nor is what was accepted forgotten.
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], updated: FakeUpstream.time)
    #expect(try mirror.run("sync").code == 65)
    try sound(mirror)
  }

  @Test func whatTheSnapshotsSayIsShownWithoutACatalog() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    for suffix in ["", "-wal", "-shm"] { unlink("\(mirror.data)/catalog.sqlite\(suffix)") }
    #expect(try mirror.json("snapshots").array?.count == 1)
    #expect(try mirror.json("plan").array?.first?["new_versions"] == .number("0"))
    let status = try mirror.run("status")
    #expect(status.output.contains("rebuilt from snapshot"))
    #expect(!FileManager.default.fileExists(atPath: "\(mirror.data)/catalog.sqlite"))
  }

  @Test func aServerWhosePublicationsGoAwayDoesNotTellRegionsThatTheImagesAreWithdrawn() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let server = try mirror.serve()
    try FileManager.default.moveItem(atPath: "\(mirror.data)/publications", toPath: "\(mirror.data)/elsewhere")
    usleep(1_500_000)
    #expect(try server.get(index).code == 200)
    #expect(String(decoding: try server.get("readyz").body, as: UTF8.self).contains("publications"))
    try FileManager.default.moveItem(atPath: "\(mirror.data)/elsewhere", toPath: "\(mirror.data)/publications")
  }

  /// A kill between the last byte and the rename leaves a file that is read-only already; root would not notice.
  @Test func aPartialFileThatIsReadOnlyIsNoObstacle() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let folder = try TemporaryFolder()
    let bytes = try #require(upstream.file(squashfs))
    let data = DataFolder(root: folder.file("data"))
    try data.create()
    let partial = data.partial(SHA256Digest(hashing: bytes))
    try Data(bytes).write(to: URL(fileURLWithPath: partial))
    #expect(chmod(partial, 0o444) == 0)
    try folder.write(Array(try Data(contentsOf: URL(fileURLWithPath: upstream.keyring))), "keyring.gpg")
    let text =
      "data = \"\(data.root)\"\n"
      + Mirror.source("stable", upstream).replacingOccurrences(of: upstream.keyring, with: folder.file("keyring.gpg"))
    try folder.write(text, "mirror.conf")
    var command = [Mirror.binary, "sync", "--config", folder.file("mirror.conf")]
    if geteuid() == 0 {
      #expect(try ProcessRun.run("/bin/chown", ["-R", "65534:65534", folder.path]).code == 0)
      command = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command
    }
    let run = try ProcessRun.run(command[0], Array(command.dropFirst()), folder: folder.path)
    #expect(run.code == 0, "\(run.output)\(run.errors)")
  }
}
