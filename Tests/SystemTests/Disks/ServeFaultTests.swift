import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// Data that goes away or cannot be read below a running server: a request fails rather than lies, /readyz and the log say
/// why, and all is well by itself once the data is back.
@Suite struct ServeFaultTests {
  private let root = "ephemeral-v3/stable"
  private let index = "ephemeral-v3/stable/streams/v1/index.sjson"
  private let squashfs = "noble/amd64/20260101/squashfs"
  private let kernel = "noble/amd64/20260101/ga-24.04/generic/boot-kernel"
  /// So large that it is sent from its file and not from memory, and in several pieces.
  private let size = 3_000_000

  private func published(_ upstream: FakeUpstream) throws -> Mirror {
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], squashfs: size)
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    return mirror
  }

  private func blob(_ bytes: [UInt8], _ mirror: Mirror) -> String {
    DataFolder(root: mirror.data).blob(SHA256Digest(hashing: bytes))
  }

  private func text(_ answer: (code: Int, body: [UInt8])) -> String { String(decoding: answer.body, as: UTF8.self) }

  /// Whether the request fails in a way that no client takes for the file.
  private func isCut(_ server: ServedMirror, _ path: String) throws -> Bool {
    let scratch = try TemporaryFolder()
    let run = try ProcessRun.run("/usr/bin/curl", ["-s", "-o", scratch.file("body"), server.url(path)], seconds: 30)
    let count = FileManager.default.contents(atPath: scratch.file("body"))?.count ?? 0
    return run.code == 18 && count < size
  }

  @Test func aFileThatTheDiskCannotReadIsCutOff() throws {
    guard let disk = try FailingDisk() else { return }
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let digest = SHA256Digest(hashing: try #require(upstream.file(squashfs))).hex
    let server = try ServedMirror(
      mirror, environment: ["LD_PRELOAD": disk.library, "DISK_UNREADABLE": digest])
    #expect(try isCut(server, "\(root)/\(squashfs)"))
    #expect(server.says("Input/output error") || server.says("read error"))
    #expect(try server.get("\(root)/\(kernel)").body == upstream.file(kernel))
    // The documents can all be had.
    #expect(text(try server.get("readyz")) == "ready\n")
  }

  @Test func whatIsSentFromMemoryIsNeverSentUnread() throws {
    guard let disk = try FailingDisk() else { return }
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let document = try mirror.serve().get(index).body
    for (bytes, path) in [(try #require(upstream.file(kernel)), "\(root)/\(kernel)"), (document, index)] {
      let digest = SHA256Digest(hashing: bytes).hex
      let server = try ServedMirror(
        mirror, environment: ["LD_PRELOAD": disk.library, "DISK_UNREADABLE": digest])
      let answer = try server.get(path)
      #expect(answer.code == 500 && text(answer).contains("damaged"), "\(path): \(answer.code)")
      #expect(server.says("\(digest): Input/output error; the disk"), "\(server.printed)")
      let ready = try server.get("readyz")
      #expect(ready.code == 503 && text(ready).contains("Input/output error"), "\(path): \(text(ready))")
    }
  }

  @Test func aBlobThatIsGoneIsToldAndServedAgainWhenItIsBack() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let server = try mirror.serve()
    let document = try mirror.serve().get(index).body
    for (bytes, path) in [(try #require(upstream.file(squashfs)), "\(root)/\(squashfs)"), (document, index)] {
      let file = blob(bytes, mirror)
      #expect(rename(file, "\(file).away") == 0)
      #expect(try server.get(path).code == 500)
      #expect(server.says("\(path): blob \(SHA256Digest(hashing: bytes)) is not in the store"))
      let isTold =
        try path != index || server.eventually("readyz") { $0.code == 503 && text($0).contains("index.sjson") }
      #expect(isTold)
      #expect(rename("\(file).away", file) == 0)
      #expect(try server.get(path).body == bytes)
      #expect(try server.eventually("readyz") { text($0) == "ready\n" })
    }
  }

  /// A server that starts while its tree cannot be read must not say that the images were withdrawn.
  @Test func aTreeThatCannotBeReadAtTheStartIsAFailureAndNoAbsence() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let folder = DataFolder(root: mirror.data)
    let path = try #require(PublicationPath(root))
    let record = try #require(try PublicationStore(folder, blobs: FileBlobStore(folder)).record(path))
    let tree = folder.blob(record.current.tree)
    #expect(rename(tree, "\(tree).away") == 0)
    let server = try mirror.serve()
    // To MAAS 3.8 a 503 on an item is final; a closed connection it tries again.
    #expect(try server.get(index).code == 503 && server.get("\(root)/\(squashfs)").code == 0)
    // Old regions add the slash that is missing in their address only then.
    #expect(try server.get("\(root)streams/v1/index.sjson").code == 404)
    let ready = try server.get("readyz")
    #expect(ready.code == 503 && text(ready).contains(record.current.tree.hex), "\(text(ready))")
    #expect(rename("\(tree).away", tree) == 0)
    // It is tried again every five seconds.
    #expect(try server.eventually(index) { $0.code == 200 } || server.eventually(index) { $0.code == 200 })
    #expect(text(try server.get("readyz")) == "ready\n")
  }

  @Test func aDataFolderThatIsMovedAwayAndBackIsServedAgain() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let server = try mirror.serve()
    #expect(rename(mirror.data, mirror.folder.file("elsewhere")) == 0)
    #expect(try server.eventually("readyz") { $0.code == 503 && text($0).contains("publications") })
    #expect(try server.get("\(root)/\(squashfs)").code == 500)
    #expect(server.says("cannot be read"))
    // Nothing is begun in its place.
    #expect(!FileManager.default.fileExists(atPath: mirror.data))
    #expect(rename(mirror.folder.file("elsewhere"), mirror.data) == 0)
    #expect(try server.get("\(root)/\(squashfs)").body == upstream.file(squashfs))
    #expect(try server.eventually("readyz") { text($0) == "ready\n" })
  }

  @Test func aCatalogThatIsLostOrDamagedBelowItStopsNothing() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let server = try mirror.serve()
    for damage in [nil, Data("no database".utf8)] {
      for suffix in ["", "-wal", "-shm"] { unlink("\(mirror.data)/catalog.sqlite\(suffix)") }
      try damage?.write(to: URL(fileURLWithPath: "\(mirror.data)/catalog.sqlite"))
      #expect(try server.get("\(root)/\(squashfs)").body == upstream.file(squashfs))
      #expect(try text(server.get("readyz")) == "ready\n" && server.get("metrics").code == 200)
      #expect(try mirror.run("sync", "--publish").code == 0)
      #expect(try server.get(index).code == 200)
    }
  }

  @Test func aDiskThatTurnsReadOnlyIsServedFrom() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    try FileManager.default.moveItem(atPath: mirror.data, toPath: mirror.folder.file("template"))
    guard let disk = try SmallDisk(mirror) else { return }
    try disk.fill(from: mirror.folder.file("template"))
    let server = try ServedMirror(mirror, wrapper: disk.words([]))
    try disk.shell("mount -o remount,ro '\(mirror.data)'")
    #expect(try server.get("\(root)/\(squashfs)").body == upstream.file(squashfs))
    #expect(server.says("which client took what is not written down"))
    #expect(server.says("Read-only file system") && !server.printed.contains("may write to it"), "\(server.printed)")
    #expect(text(try server.get("readyz")) == "ready\n")
    let sync = try disk.run(["sync", "--publish"])
    #expect(sync.code == 74 && sync.errors.contains("mount it writable again"), "\(sync.errors)")
    try disk.shell("mount -o remount,rw '\(mirror.data)'")
    #expect(try disk.run(["sync", "--publish"]).code == 0)
    #expect(try server.get("\(root)/\(squashfs)").code == 200)
  }

  /// Lines that are lost are told and counted, and none is glued to half of another.
  @Test func anAccessLogWhoseDiskWasFullGoesOnWithWholeLines() throws {
    let mirror = try Mirror("")
    let log = "\(mirror.data)/access.log"
    try mirror.write("[serve]\naccess_log = \"json\"\naccess_log_file = \"\(log)\"\n")
    guard let disk = try SmallDisk(mirror) else { return }
    let server = try ServedMirror(mirror, wrapper: disk.words([]))
    try disk.leave(1)
    var asked = 0
    func ask(_ count: Int) throws {
      for _ in 0..<count { #expect(try server.get("healthz").code == 200) }
      asked += count
    }
    try ask(40)
    #expect(server.says("cannot write the access log \(log): No space left on device"))
    try disk.leave(nil)
    try ask(5)
    #expect(server.says("the access log \(log) is written again; "))
    let metrics = text(try server.get("metrics"))
    #expect(server.stop() == 0)
    let lines = try String(contentsOfFile: "\(disk.data)/access.log", encoding: .utf8).split(separator: "\n")
    for line in lines { #expect(throws: Never.self, "\(line)") { try JSONReader.read(Array(line.utf8)) } }
    // The scrape is a line as well.
    let lost = asked + 1 - lines.count
    #expect(lost > 0 && metrics.contains("\nmaas_mirror_log_dropped_lines_total \(lost)\n"), "\(lost)")
  }
}
