import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// A disk that is not there, cannot be written, or is full.
@Suite struct FailingDiskTests {
  private let index = "ephemeral-v3/stable/streams/v1/index.sjson"

  private func published(_ upstream: FakeUpstream) throws -> Mirror {
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    return mirror
  }

  /// Runs the binary where the mounts are others. `nil` where this user may not mount.
  private func run(_ mirror: Mirror, mounting script: String, _ arguments: [String]) throws -> ProcessRun? {
    guard let wrapper = try Needed.mounting(script, for: "\(arguments) with other mounts") else { return nil }
    let words = Array(wrapper.dropFirst()) + [Mirror.binary] + arguments + ["--config", mirror.configuration]
    return try ProcessRun.run(wrapper[0], words)
  }

  @Test(arguments: [["sync", "--publish"], ["publish"], ["gc"], ["verify", "--repair"]])
  func aDiskThatIsNotMountedIsNotWrittenBelow(command: [String]) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try FileManager.default.moveItem(atPath: mirror.data, toPath: mirror.folder.file("elsewhere"))
    try FileManager.default.createDirectory(atPath: mirror.data, withIntermediateDirectories: true)
    let requests = upstream.requests.count
    try mirror.folder.write("UUID=1 \(mirror.data) ext4 defaults 0 2\n", "fstab")
    guard let run = try run(mirror, mounting: "mount --bind '\(mirror.folder.file("fstab"))' /etc/fstab", command)
    else {
      return
    }
    #expect(run.code == 74)
    #expect(run.errors.contains("is not mounted") && run.errors.contains(mirror.data), "\(run.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.data).isEmpty)
    #expect(upstream.requests.count == requests)
  }

  @Test func blobsOnADiskOfTheirOwnAreNotFetchedAgainBelowIt() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try FileManager.default.moveItem(atPath: "\(mirror.data)/blobs", toPath: mirror.folder.file("elsewhere"))
    try FileManager.default.createDirectory(atPath: "\(mirror.data)/blobs", withIntermediateDirectories: true)
    let (state, requests) = (try mirror.state(), upstream.requests.count)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 74 && run.errors.contains("is not mounted"), "\(run.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(mirror.data)/blobs").isEmpty)
    #expect(try mirror.state() == state && upstream.requests.count == requests)
    // Mounted again, all is as it was.
    try FileManager.default.removeItem(atPath: "\(mirror.data)/blobs")
    try FileManager.default.moveItem(atPath: mirror.folder.file("elsewhere"), toPath: "\(mirror.data)/blobs")
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try mirror.state() == state)
  }

  @Test func blobsThatSomebodyRemovedComeBack() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try FileManager.default.removeItem(atPath: "\(mirror.data)/blobs")
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try mirror.run("verify").code == 0)
  }

  /// A hundred gigabytes are not fetched for a publication that then cannot be signed.
  @Test func theFirstSyncThatIsToPublishLooksForItsKeyFirst() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 78 && run.errors.contains("maas-mirror keys create"))
    #expect(!upstream.requests.contains { $0.hasSuffix("squashfs") })
    #expect(try mirror.run("sync").code == 0)
  }

  @Test(arguments: [["sync", "--publish"], ["publish"], ["gc", "--accept-removal"], ["verify"], ["status"]])
  func aReadOnlyDiskIsToldAndNothingIsLost(command: [String]) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])], updated: FakeUpstream.time + 86_400)
    let state = try mirror.state()
    let data = mirror.data
    let script = "mount --bind '\(data)' '\(data)' && mount -o remount,ro,bind '\(data)'"
    guard let run = try run(mirror, mounting: script, command) else { return }
    let looks = command == ["verify"] || command == ["status"]
    #expect(run.code == (looks ? 0 : 74), "\(run.code) \(run.errors)")
    #expect(looks || run.errors.contains("Read-only file system"), "\(run.errors)")
    #expect(try mirror.state() == state)
    #expect(try mirror.serve().get(index).code == 200)
  }

  /// Where nothing can be written any more, not even by SQLite, space must still be made.
  @Test func aFullDiskIsNoObstacleToTheCleanUp() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    // Blobs that nothing names, as the documents of last week are.
    let store = FileBlobStore(DataFolder(root: mirror.data))
    for number in 0..<20 {
      let digest = try store.insert([UInt8](repeating: UInt8(number), count: 100_000))
      let lastWeek = Date(timeIntervalSinceNow: -7 * 86400)
      try FileManager.default.setAttributes([.modificationDate: lastWeek], ofItemAtPath: store.folder.blob(digest))
    }
    let (data, copy) = (mirror.data, mirror.folder.file("copy"))
    try FileManager.default.moveItem(atPath: data, toPath: copy)
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    let full =
      "mount -t tmpfs -o size=6m tmpfs '\(data)' && cp -a '\(copy)/.' '\(data)/' && rm -f '\(data)/catalog.sqlite-'* && "
      + "{ dd if=/dev/zero of='\(data)/fill' bs=4k 2>/dev/null; [ \"$(df --output=avail '\(data)' | tail -1)\" -eq 0 ]; }"
    let check =
      "'\(Mirror.binary)' verify --config '\(mirror.configuration)' && test -z \"$(find '\(data)/blobs' -size 100000c)\""
    let script = "\(full) && '\(Mirror.binary)' gc --accept-removal --config '\(mirror.configuration)' && \(check)"
    guard let run = try run(mirror, mounting: script, ["status"]) else { return }
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    #expect(run.errors.contains("going on without the catalog: no space left"), "\(run.errors)")
    #expect(run.output.contains("removed:\n  20 blobs, 2.0 MB"), "\(run.output)")
    #expect(run.output.contains("0 damaged, 0 gone"))
  }

  /// Not taken for damage that a new start mends: what cannot be read today may be read tomorrow, by another cable.
  @Test(arguments: ["/snapshots/", "/publications/", "/blobs/", "/catalog.sqlite"])
  func aDiskThatCannotBeReadIsToldAndNothingIsLost(part: String) throws {
    guard let disk = try FailingDisk() else { return }
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])], updated: FakeUpstream.time + 86_400)
    let served = try StoreState.trees(in: mirror.data)
    let run = try ProcessRun.run(
      Mirror.binary, ["sync", "--publish", "--config", mirror.configuration],
      environment: ["LD_PRELOAD": disk.library, "DISK_UNREADABLE": "\(mirror.data)\(part)"])
    #expect(run.code == 74, "\(run.code) \(run.output)\(run.errors)")
    let errors = run.errors.replacingOccurrences(of: "Input/output", with: "I/O")
    #expect(errors.contains("I/O error; the disk or the way to it fails"), "\(errors)")
    #expect(try StoreState.trees(in: mirror.data) == served)
    #expect(try StoreInvariants.violations(in: mirror.data) == [])
    let names = try FileManager.default.subpathsOfDirectory(atPath: mirror.data)
    #expect(names.filter { $0.contains("damaged") || $0.hasPrefix("quarantine") } == [])
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try StoreState.trees(in: mirror.data) != served)
  }

  /// For who looks for damage, a blob that cannot be read is one: it is set aside, and comes back.
  @Test func aBlobThatTheDiskCannotReadIsSetAsideAndFetchedAgain() throws {
    guard let disk = try FailingDisk() else { return }
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let digest = SHA256Digest(hashing: try #require(upstream.file("noble/amd64/20260101/squashfs")))
    let blob = DataFolder(root: mirror.data).blob(digest)
    let run = try ProcessRun.run(
      Mirror.binary, ["verify", "--config", mirror.configuration],
      environment: ["LD_PRELOAD": disk.library, "DISK_UNREADABLE": digest.hex])
    #expect(run.code == 74 && run.output.contains("1 damaged"), "\(run.output)\(run.errors)")
    #expect(run.output.contains("the disk cannot read it"), "\(run.output)")
    #expect(!FileManager.default.fileExists(atPath: blob))
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(FileManager.default.fileExists(atPath: blob))
  }

  /// Nobody can move it away, so it must at least be told.
  @Test func damageOnAReadOnlyDiskIsToldAllTheSame() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let data = mirror.data
    let folder = "\(data)/blobs/sha256"
    let names = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).filter {
      $0.count > 64
    }
    for name in names.prefix(2) {
      #expect(chmod("\(folder)/\(name)", 0o644) == 0)
      try Data("damaged".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    let script = "mount --bind '\(data)' '\(data)' && mount -o remount,ro,bind '\(data)'"
    guard let run = try run(mirror, mounting: script, ["verify"]) else { return }
    #expect(run.code == 74)
    #expect(run.output.contains("2 damaged") && run.output.contains("could not be moved"), "\(run.output)\(run.errors)")
  }
}
