import Foundation
import OrderedCollections
import Simplestreams
import Storage
import TestSupport
import Testing

/// A signer that is compromised, or careless: documents with good signatures that say bad things; and bad files.
@Suite struct ContentAttackTests {
  private let squashfs = "noble/amd64/20260201/squashfs"

  @Test func arbitraryContentOfAFile() throws {
    let siege = try Siege()
    try siege.publishNext()
    let spoilt = try #require(siege.upstream.file(squashfs)).map { $0 ^ 1 }
    siege.upstream.misbehave(at: squashfs) { _, _ in .answer("200 OK", body: spoilt) }
    try siege.goesOnWithout(["20260201"], "item squashfs", "hash to", "tell upstream if it stays so")
    try siege.recovers()
  }

  @Test func endlessDataOfAFile() throws {
    let siege = try Siege()
    try siege.publishNext()
    siege.upstream.misbehave(at: squashfs) { _, _ in
      [.send("HTTP/1.1 200 OK\r\n\r\n"), .endless(String(repeating: "x", count: 10_000))]
    }
    try siege.goesOnWithout(["20260201"], "item squashfs", "were announced", partials: true)
    try siege.recovers()
  }

  @Test func slowRetrievalOfAFile() throws {
    let siege = try Siege(extra: "stall = 1")
    try siege.publishNext()
    let size = try #require(siege.upstream.file(squashfs)).count
    siege.upstream.misbehave(at: squashfs) { _, _ in
      [.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .drip("x", milliseconds: 100)]
    }
    try siege.goesOnWithout(["20260201"], "next to nothing arrived for 1 s", partials: true)
    // What arrived was a lie: it is thrown away, and the file fetched from the start.
    try siege.recovers()
  }

  @Test func extraneousFilesAreNeverAskedFor() throws {
    let siege = try Siege()
    try siege.publishNext()
    siege.upstream.set("noble/amd64/20260201/extra", Array("nobody signed this".utf8))
    siege.upstream.set("streams/v1/extra.sjson", Array("nor this".utf8))
    #expect(try siege.mirror.run("sync", "--publish").code == 0)
    #expect(!siege.upstream.requests.contains { $0.contains("extra") })
    #expect(try siege.mirror.serve().get("ephemeral-v3/stable/noble/amd64/20260201/extra").code == 404)
  }

  @Test func missingFilesLeaveTheirVersionOut() throws {
    let siege = try Siege()
    try siege.publishNext()
    siege.upstream.set(squashfs, nil)
    try siege.goesOnWithout(["20260201"], "the server answered 404")
    try siege.recovers()
  }

  private static let pathTricks = [
    "../../../etc/passwd", "/etc/passwd", "noble/../../x", "noble/./x", "noble//x", "http://169.254.169.254/x",
    "//evil.example/x", "a\\b", "x?y", "x#y", "x\u{0}y", "x\ny", "streams/v1/index.sjson", "STREAMS/v1/x", ".data/x",
    "Upstream/streams/v1/x", "upstream/stable/x", "", "c:x", String(repeating: "x", count: 256),
  ]

  /// One version for each, beside a good one.
  @Test func pathTricksOfAnItem() throws {
    let versions = Self.pathTricks.indices.map { "202602\(10 + $0)" }
    let siege = try Siege(keep: 50)
    try siege.publishNext(
      ["20260101", "20260301"] + versions,
      edit: { document in
        for (version, path) in zip(versions, Self.pathTricks) {
          document.editItem(of: version) { $0["path"] = .string(path) }
        }
      })
    let asked = siege.upstream.requests.count
    try siege.goesOnWithout(versions, "is refused")
    let requests = siege.upstream.requests.dropFirst(asked)
    #expect(requests.contains { $0.contains("20260301") })
    #expect(!requests.contains { $0.contains("passwd") || $0.contains("evil") || $0.contains("169.254") })
    try siege.recovers()
  }

  @Test func pathTricksOfAContentID() throws {
    let siege = try Siege()
    for id in ["../x", "a/b", "..", "index", "a b", "a?b", "", String(repeating: "x", count: 201)] {
      try siege.publishNext(edit: { $0["content_id"] = .string(id) })
      try siege.isRepelled("content_id")
      try siege.publishNext(editIndex: { index in
        let entry = index["index"]?["com.ubuntu.maas:stable:v3:download"]
        index["index"]?[id] = entry
      })
      try siege.isRepelled("not fit to be a file name")
    }
    try siege.recovers()
  }

  @Test func pathTricksOfAnIndexEntry() throws {
    let siege = try Siege()
    for path in ["../../x.sjson", "/x.sjson", "http://evil.example/x.sjson", "streams/../../x", "a\u{0}b", ""] {
      try siege.publishNext(editIndex: { $0["index"]?["com.ubuntu.maas:stable:v3:download"]?["path"] = .string(path) })
      try siege.isRepelled("is refused")
    }
    try siege.recovers()
  }

  @Test func namesThatCouldForgeALineOfAReport() throws {
    let siege = try Siege()
    for name in ["a\nb", "a\u{1B}[2Jb", "a\u{202E}b", String(repeating: "x", count: 513)] {
      try siege.publishNext(edit: { document in
        let product = document["products"]?[Siege.product]
        document["products"]?[name] = product
      })
      let run = try siege.mirror.run("list")
      #expect(run.code == 65)
      #expect(!run.errors.contains("\u{1B}") && !run.errors.contains("\u{202E}"))
      try siege.isRepelled("a name")
    }
  }

  /// A version's name is a name: where its files lie, their paths say.
  @Test func aVersionThatIsCalledLikeAPathWritesNowhereElse() throws {
    let siege = try Siege()
    try siege.publishNext(edit: { document in
      let version = document["products"]?[Siege.product]?["versions"]?["20260201"]
      document["products"]?[Siege.product]?["versions"]?["../../../20260201"] = version
    })
    _ = try siege.mirror.run("sync", "--publish")
    try siege.isSound()
    let names = try FileManager.default.subpathsOfDirectory(atPath: siege.mirror.folder.path)
    #expect(!names.contains { $0.contains("..") || $0.hasSuffix("/20260201") })
  }

  @Test func aHashThatIsNone() throws {
    let siege = try Siege()
    for hash in ["", "xyz", String(repeating: "g", count: 64), String(repeating: "a", count: 63)] {
      try siege.publishNext(edit: { $0.editItem { $0["sha256"] = .string(hash) } })
      try siege.goesOnWithout(["20260201"], "is not 64 hexadecimal digits")
    }
  }

  @Test func aHashUnderAnotherSpelling() throws {
    let siege = try Siege()
    try siege.publishNext(edit: { document in
      document.editItem { item in
        item["SHA256"] = item["sha256"]
        item["sha256"] = nil
      }
    })
    // Not said is not a lie, and no sync can mend it.
    try siege.goesOnWithout(["20260201"], "it has no sha256", code: 0)
    try siege.publishNext(edit: { $0.editItem { $0["sha256"] = .string($0["sha256"]?.string?.uppercased() ?? "") } })
    #expect(try siege.mirror.run("sync", "--publish").code == 0)
    try siege.isSound()
  }

  private static let sizes: [JSONValue] = [
    .number("-1"), .string("-1"), .number("9223372036854775807"), .number("9223372036854775808"), .number("1e3"),
    .number("1.5"), .string("many"), .null, .bool(true), .number("274877906945"),
  ]

  @Test func aSizeThatIsNone() throws {
    let versions = Self.sizes.indices.map { "202602\(10 + $0)" }
    let siege = try Siege(keep: 50)
    try siege.publishNext(
      ["20260101", "20260301"] + versions,
      edit: { document in
        for (version, size) in zip(versions, Self.sizes) { document.editItem(of: version) { $0["size"] = size } }
      })
    try siege.goesOnWithout(versions, "its size is not a number of bytes")
  }

  @Test func sizesWhoseSumWouldOverflow() throws {
    let siege = try Siege()
    let items = (0..<50_000).map { number in
      let hash = SHA256Digest(hashing: "\(number)".utf8)
      return #""f\#(number)": {"ftype": "x", "path": "x/\#(number)", "size": \#(1 << 38), "sha256": "\#(hash)"}"#
    }
    let huge = try JSONReader.read(Array(#"{\#(items.joined(separator: ","))}"#.utf8))
    try siege.publishNext(edit: { document in
      // Complete as MAAS wants it, so that it is planned.
      var version = document["products"]?[Siege.product]?["versions"]?["20260201"]
      let complete = version?["items"]?.object ?? [:]
      version?["items"] = huge.object.map { .object($0.merging(complete) { first, _ in first }) }
      document["products"]?[Siege.product]?["versions"]?["20260301"] = version
    })
    try siege.isRepelled(code: 74, "must stay free")
    #expect(try siege.mirror.run("list").code == 0)
  }

  private static let bombs: [(String, @Sendable () -> [UInt8])] = [
    ("depth", { [UInt8](repeating: UInt8(ascii: "["), count: 8 << 20) }),
    ("keys", { Array(("{" + (0..<1_000_001).map { "\"\($0)\":0" }.joined(separator: ",") + "}").utf8) }),
    ("values", { Array(("[" + String(repeating: "0,", count: 15 << 20) + "0]").utf8) }),
    ("number", { Array(("{\"a\":1" + String(repeating: "0", count: 8 << 20) + "}").utf8) }),
    ("twice", { Array("{\"format\":\"index:1.0\",\"format\":\"index:1.0\",\"index\":{}}".utf8) }),
    ("text", { Array("{\"a\":\"".utf8) + [0xFF, 0xC0, 0x80] + Array("\"}".utf8) }),
    ("half", { Array("{\"format\":\"index:1.0\",\"index\":{".utf8) }),
  ]

  /// The signature is good, or there is none to be had (`unsigned = true`): the reader is on its own.
  @Test(.timeLimit(.minutes(1)), arguments: bombs.map(\.0))
  func aBombOfJSON(kind: String) throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], forms: .plain)
    let mirror = try Mirror(Mirror.unsignedSource("stable", upstream))
    #expect(try mirror.run("sync").code == 0)
    let before = try mirror.state()
    upstream.set("streams/v1/index.json", try #require(Self.bombs.first { $0.0 == kind }).1())
    let (run, peak) = try mirror.measure("sync")
    #expect(run.code == 65, "\(run.errors.prefix(1000))")
    #expect(run.errors.contains("not JSON") && run.errors.utf8.count < 2000)
    #expect((1..<Mirror.allowed(megabytes: 400)).contains(peak), "\(peak) MB")
    #expect(try mirror.state() == before)
    #expect(try StoreInvariants.violations(in: mirror.data) == [])
  }
}
