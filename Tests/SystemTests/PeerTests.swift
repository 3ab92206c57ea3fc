import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// Clients that MAAS is not: each downloads an item, goes on with one that was interrupted, and asks again for one that
/// it has. What they got is compared with the store, and how they asked with the server's access log.
@Suite(.serialized) struct PeerTests {
  private let upstream: FakeUpstream
  private let mirror: Mirror
  private let server: ServedMirror
  private let item: PublishedTree.File
  private let document: PublishedTree.File
  private let bytes: [UInt8]

  init() throws {
    upstream = try FakeUpstream()
    // Items large enough to be fetched in several parts at once, and enough of them for a document worth compressing.
    let versions = (1...6).map { "20260\($0)01" }
    try upstream.publish([Catalogue.ubuntu(versions: versions)], squashfs: 4 << 20)
    mirror = try Mirror("")
    try mirror.write(
      "[serve]\naccess_log = \"json\"\naccess_log_file = \"\(mirror.folder.file("access.log"))\"\n"
        + Mirror.source("stable", upstream, keep: 6) + Mirror.publication("ephemeral-v3/stable", ["stable"]))
    #expect(try mirror.run("keys", "create").code == 0)
    let sync = try mirror.run("sync", "--publish")
    #expect(sync.code == 0, "\(sync.errors)")
    let blobs = FileBlobStore(DataFolder(root: mirror.data))
    let store = PublicationStore(DataFolder(root: mirror.data), blobs: blobs)
    let record = try #require(try store.record(PublicationPath("ephemeral-v3/stable")!))
    let tree = try store.tree(record.current.tree)
    item = try #require(tree.items.first { $0.path.lastSegment == "squashfs" })
    document = try #require(tree.documents.first { $0.path.string.hasSuffix("download.json") && $0.gzip != nil })
    bytes = try blobs.read(item.sha256, limit: 8 << 20)
    server = try mirror.serve()
  }

  private func url(_ file: PublishedTree.File) -> String { server.url("ephemeral-v3/stable/\(file.path)") }
  private func file(_ name: String) -> String { mirror.folder.file(name) }
  private func content(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: file(name)).map { Array($0) }
  }

  /// What is on the disk after a download that was interrupted.
  private func leaveHalf(_ name: String) throws { try mirror.folder.write(Array(bytes.prefix(bytes.count / 2)), name) }

  /// Stops the server, and returns the statuses of the requests for the item, in the order of their ends.
  private func statuses(mayBeCut: Bool = false) throws -> [Int] {
    #expect(server.stop() == 0)
    let lines = String(decoding: content("access.log") ?? [], as: UTF8.self).split(separator: "\n")
    return try lines.compactMap { line in
      let record = try JSONReader.read(Array(line.utf8))
      guard record["target"]?.string?.hasSuffix("/squashfs") == true else { return nil }
      #expect(mayBeCut || record["complete"] == .bool(true), "\(line)")
      return Int(record["status"]?.scalarText ?? "")
    }
  }

  @discardableResult
  private func run(_ program: String, _ arguments: String...) throws -> ProcessRun {
    let run = try ProcessRun.run(program, arguments, folder: mirror.folder.path, seconds: 60)
    #expect(run.code == 0, "\(run.output) \(run.errors)")
    return run
  }

  @Test func curl() throws {
    guard let curl = Needed.program("curl", for: "curl as a client") else { return }
    try run(curl, "-sf", "--etag-save", "tag", "-o", "whole", url(item))
    #expect(content("whole") == bytes)
    try leaveHalf("half")
    try run(curl, "-sf", "-C", "-", "-o", "half", url(item))
    #expect(content("half") == bytes)
    let again = try run(curl, "-sf", "--etag-compare", "tag", "-o", "again", "-w", "%{http_code}", url(item))
    #expect(again.output == "304")
    let parts = try run(curl, "-sf", "-r", "0-9,100-109", url(item))
    #expect(parts.output.contains("Content-Range: bytes 100-109/\(bytes.count)\r\n"))
    #expect(try statuses() == [200, 206, 304, 206])
  }

  @Test func wget() throws {
    guard let wget = Needed.program("wget", for: "wget as a client") else { return }
    try run(wget, "-q", url(item))
    #expect(content("squashfs") == bytes)
    // Its time is the server's, and the server has nothing newer.
    #expect(try run(wget, "-N", url(item)).errors.contains("304 Not Modified"))
    try leaveHalf("squashfs")
    try run(wget, "-q", "-c", url(item))
    #expect(content("squashfs") == bytes)
    #expect(try statuses() == [200, 304, 206])
  }

  @Test func aria2() throws {
    guard let aria2 = Needed.program("aria2c", for: "aria2 as a client") else { return }
    // Four parts of one file at once.
    try run(aria2, "-q", "-x4", "-s4", "-k1M", "--remote-time=true", "--checksum=sha-256=\(item.sha256)", url(item))
    #expect(content("squashfs") == bytes)
    try run(aria2, "-q", "--conditional-get=true", "--allow-overwrite=true", url(item))
    #expect(content("squashfs") == bytes)
    try leaveHalf("half")
    try run(aria2, "-q", "-c", "-o", "half", "--checksum=sha-256=\(item.sha256)", url(item))
    #expect(content("half") == bytes)
    // It asks for the whole first, and leaves when the others have what it would still get.
    let found = try statuses(mayBeCut: true)
    #expect(
      found.filter { $0 == 206 }.count >= 4 && found.contains(304) && Set(found).isSubset(of: [200, 206, 304]),
      "\(found)")
  }

  @Test(arguments: ["requests", "aiohttp", "httpx"])
  func python(library: String) throws {
    guard let python = try Needed.python(with: library, for: "\(library) as a client") else { return }
    let script = "\(Catalogue.root)/Tests/SystemTests/Peers/\(library)_peer.py"
    let output = try run(python, script, url(item), url(document)).output
    #expect(
      output.split(separator: "\n") == [
        "item 200 \(item.sha256)", "resumed 206 \(item.sha256)", "again 304 0", "document 200 \(document.sha256)",
        // They ask for it by themselves, and unpack it.
        "coding gzip",
      ])
    #expect(try statuses() == [200, 206, 304])
  }
}
