import Foundation
import Simplestreams
import TestSupport
import Testing

/// An upstream that lies, and a mirror that neither believes it nor loses what it serves.
@Suite struct UntrustedUpstreamTests {
  /// A mirror that has synced and published once.
  private func published(
    _ upstream: FakeUpstream, versions: [String] = ["20260101"], updated: Int64 = FakeUpstream.time, keep: Int = 2
  ) throws -> Mirror {
    try upstream.publish([Catalogue.ubuntu(versions: versions)], updated: updated)
    let mirror = try Mirror(source: upstream, keep: keep)
    #expect(try mirror.run("keys", "create").code == 0)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output) \(run.errors)")
    return mirror
  }

  @Test func anIndexThatWasChangedAfterSigningIsRefused() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let before = try mirror.state()
    let index = String(decoding: try #require(upstream.file("streams/v1/index.sjson")), as: UTF8.self)
    upstream.set("streams/v1/index.sjson", Array(index.replacingOccurrences(of: "image-ids", with: "image-idz").utf8))
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 65)
    #expect(run.errors.contains("does not match its signature"))
    #expect(try mirror.state() == before)
  }

  @Test func anotherKeyIsRefusedByName() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let before = try mirror.state()
    let impostor = try FakeUpstream()
    try impostor.publish([Catalogue.ubuntu(versions: ["20270101"])], updated: FakeUpstream.time + 86_400)
    for name in ["index", "com.ubuntu.maas:stable:v3:download"] {
      upstream.set("streams/v1/\(name).sjson", impostor.file("streams/v1/\(name).sjson"))
    }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 65)
    #expect(run.errors.contains("not in the keyring") && run.errors.contains(upstream.fingerprint))
    #expect(try mirror.state() == before)
  }

  @Test func anIndexOlderThanTheLastIsARollback() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let before = try mirror.state()
    try upstream.publish([Catalogue.ubuntu(versions: ["20250101"])], updated: FakeUpstream.time - 86_400)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 65)
    #expect(run.errors.contains("older than") && run.errors.contains("--accept-rollback"))
    #expect(try mirror.state() == before)
    #expect(try mirror.run("sync", "--accept-rollback").code == 0)
  }

  /// To be accepted once would be to accept anything once.
  @Test(arguments: [.string("Thu, 24 Jul 2025 09:01:43 GMT"), .string("yesterday"), .number("5")] as [JSONValue])
  func aTimeThatIsNoneIsAFaultOfTheDocument(updated: JSONValue) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let before = try mirror.state()
    try upstream.publish(
      [Catalogue.ubuntu(versions: ["20260102"])], updated: FakeUpstream.time + 86_400,
      editIndex: { $0["updated"] = updated })
    for arguments in [["sync"], ["sync", "--accept-rollback"]] {
      let run = try ProcessRun.run(Mirror.binary, arguments + ["--config", mirror.configuration])
      #expect(run.code == 65)
      #expect(run.errors.contains("updated: “\(updated.scalarText ?? "")” is no date"), "\(run.errors)")
      #expect(!run.errors.contains("--accept-rollback"))
    }
    #expect(try mirror.state() == before)
  }

  @Test func hidingTheClearSignedFormHidesNoRollback() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let before = try mirror.state()
    try upstream.publish(
      [Catalogue.ubuntu(versions: ["20250101"])], updated: FakeUpstream.time - 86_400, forms: [.plain, .detached])
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 65)
    #expect(run.errors.contains("older than"))
    #expect(try mirror.state() == before)
  }

  @Test func aDocumentThatWasAwayForAWhileMayNotComeBackOlder() throws {
    let upstream = try FakeUpstream()
    let other = Catalogue.ubuntu(versions: ["20260101"], release: "jammy", number: "22.04", label: "candidate")
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"]), other], updated: FakeUpstream.time)
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], updated: FakeUpstream.time + 100)
    #expect(try mirror.run("sync").code == 0)
    try upstream.publish([other], updated: FakeUpstream.time - 86_400)
    let old = upstream.file("streams/v1/com.ubuntu.maas:candidate:v3:download.sjson")
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"]), other], updated: FakeUpstream.time + 200)
    upstream.set("streams/v1/com.ubuntu.maas:candidate:v3:download.sjson", old)
    let run = try mirror.run("sync")
    #expect(run.code == 65)
    #expect(run.errors.contains("candidate") && run.errors.contains("older than"))
  }

  @Test(arguments: ["local", "upstream"])
  func aNewKeyOfUpstreamReachesThoseWhoCheckWithIt(signed: String) throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream, signed: signed)
    try mirror.begin()
    try upstream.rekey()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], updated: FakeUpstream.time + 3600)
    #expect(try mirror.run("sync", "--publish").code == 0)
    let folder = signed == "local" ? "upstream/" : ""
    let document = try mirror.serve().get("ephemeral-v3/stable/\(folder)streams/v1/index.sjson")
    try mirror.folder.write(Array(document.body), "index.sjson")
    let check = try ProcessRun.run(
      "/usr/bin/gpgv", ["--keyring", upstream.keyring, mirror.folder.file("index.sjson")])
    #expect(check.code == 0, "\(check.errors)")
  }

  @Test func theFloorOfADocumentThatIsAwayOutlivesTheCatalog() throws {
    let upstream = try FakeUpstream()
    let name = "streams/v1/com.ubuntu.maas:candidate:v3:download.sjson"
    func other(_ version: String) -> JSONValue {
      Catalogue.ubuntu(versions: [version], release: "jammy", number: "22.04", label: "candidate")
    }
    let stays = Catalogue.ubuntu(versions: ["20260101"])
    try upstream.publish([stays, other("20250101")], updated: FakeUpstream.time - 86_400)
    let old = upstream.file(name)
    try upstream.publish([stays, other("20260101")], updated: FakeUpstream.time)
    let mirror = try Mirror(source: upstream, extra: "keep_snapshots = 1\nmax_removal = \"100 %\"")
    #expect(try mirror.run("sync").code == 0)
    try upstream.publish([stays], updated: FakeUpstream.time + 100)
    #expect(try mirror.run("sync").code == 0)
    // The snapshot that named the document goes as well.
    #expect(try mirror.run("gc", "--accept-removal").code == 0)
    #expect(try mirror.state().count == 1)
    for suffix in ["", "-wal", "-shm"] {
      // Which of them there are is SQLite's to choose.
      try? FileManager.default.removeItem(atPath: "\(mirror.data)/catalog.sqlite\(suffix)")
    }
    try upstream.publish([stays, other("20250101")], updated: FakeUpstream.time + 200) { document in
      guard document["content_id"]?.string?.contains("candidate") == true else { return }
      document["updated"] = .string(Timestamp(seconds: FakeUpstream.time - 86_400).mail)
    } editIndex: { index in
      index["index"]?["com.ubuntu.maas:candidate:v3:download"]?["updated"] = .string(
        Timestamp(seconds: FakeUpstream.time - 86_400).mail)
    }
    upstream.set(name, old)
    let before = try mirror.state()
    let run = try mirror.run("sync")
    #expect(run.code == 65 && run.errors.contains("candidate") && run.errors.contains("older than"), "\(run.errors)")
    #expect(try mirror.state() == before)
    #expect(try mirror.run("sync", "--accept-rollback").code == 0)
  }

  @Test func theRollbackFloorOutlivesTheCatalog() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: "\(mirror.data)/catalog.sqlite\(suffix)")
    }
    try upstream.publish([Catalogue.ubuntu(versions: ["20250101"])], updated: FakeUpstream.time - 86_400)
    #expect(try mirror.run("sync").code == 65)
  }

  @Test func aProductsFileOlderThanTheLastIsARollback() throws {
    let upstream = try FakeUpstream()
    let old = "streams/v1/com.ubuntu.maas:stable:v3:download.sjson"
    try upstream.publish([Catalogue.ubuntu(versions: ["20250101"])], updated: FakeUpstream.time - 86_400)
    let replayed = try #require(upstream.file(old))
    let mirror = try published(upstream)
    try upstream.publish([Catalogue.ubuntu(versions: ["20260201"])], updated: FakeUpstream.time + 86_400)
    upstream.set(old, replayed)
    let run = try mirror.run("sync")
    #expect(run.code == 65)
    #expect(run.errors.contains("v3:download.sjson is from"))
  }

  /// The url is right, and asking for `index.json` alone would say that it is not.
  @Test func aSignedTreeThatIsCalledUnsignedIsToldWhatItNeeds() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], forms: .clearSigned)
    let mirror = try Mirror(Mirror.unsignedSource("stable", upstream))
    let run = try mirror.run("sync")
    #expect(run.code == 69 && run.errors.contains("name its keyring"), "\(run.code) \(run.errors)")
  }

  @Test func aTreeWithoutSignaturesNeedsTheOperatorsWord() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], forms: .plain)
    let mirror = try Mirror(source: upstream)
    let refused = try mirror.run("sync")
    #expect(refused.code == 65)
    #expect(refused.errors.contains("unsigned = true"))
    try mirror.write(
      """
      [[source]]
      name = "stable"
      url = "\(upstream.url)"
      unsigned = true
      min_free = 0
      """)
    let run = try mirror.run("sync")
    #expect(run.code == 0, "\(run.errors)")
  }

  @Test func aDetachedSignatureServesWhereATreeHasNoClearSignedForm() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], forms: [.plain, .detached])
    let mirror = try Mirror(source: upstream)
    let run = try mirror.run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect(upstream.requests.contains("/tree/streams/v1/index.json.gpg"))
  }

  @Test func anErrorPageIsNeverTakenForAnIndex() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let before = try mirror.state()
    upstream.misbehave(at: "streams/v1/index.sjson") { _, _ in
      .answer("200 OK", headers: ["Content-Type: text/html"], body: Array("<html>please log in</html>".utf8))
    }
    #expect(try mirror.run("sync", "--publish").code == 65)
    upstream.misbehave(at: "streams/v1/index.sjson") { _, _ in .answer("503 Service Unavailable") }
    #expect(try mirror.run("sync", "--publish").code == 69)
    #expect(try mirror.state() == before)
  }

  @Test func aPathThatLeavesTheTreeIsNeverFetched() throws {
    let upstream = try FakeUpstream()
    var catalogue = Catalogue.ubuntu(versions: ["20260101", "20260102"])
    let product = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
    var item = try #require(catalogue["products"]?[product]?["versions"]?["20260102"]?["items"]?["squashfs"])
    item["path"] = .string("../../etc/passwd")
    catalogue["products"]?[product]?["versions"]?["20260102"]?["items"]?["squashfs"] = item
    try upstream.publish([catalogue])
    let mirror = try Mirror(source: upstream)
    let run = try mirror.run("sync")
    #expect(run.code == 1)
    #expect(run.output.contains("20260102") && run.output.contains("is refused"))
    #expect(!upstream.requests.contains { $0.contains("passwd") })
  }
}
