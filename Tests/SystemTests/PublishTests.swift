import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing
import Trust

/// What is published, and when it is not.
@Suite struct PublishTests {
  private let index = "ephemeral-v3/stable/streams/v1/index.sjson"

  private func keyring(_ mirror: Mirror) throws -> String {
    let path = mirror.folder.file("keyring.gpg")
    #expect(try mirror.run("keys", "export", "--output", path).code == 0)
    return path
  }

  @Test func aRunningServerFollowsASwitch() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream, keep: 1)
    try mirror.begin()
    let server = try mirror.serve()
    let old = try server.get(index)
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101", "20260201"])], updated: FakeUpstream.time + 86_400)
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try server.eventually(index) { $0.body != old.body })
    let walk = try RegionWalk(server, keyring: try keyring(mirror))
    #expect(walk.products.flatMap(\.products).flatMap(\.versions).map(\.name) == ["20260201"])
    // A region that read the old documents still gets its files.
    #expect(try server.get("ephemeral-v3/stable/noble/amd64/20260101/squashfs").code == 200)
    #expect(server.stop() == 0)
  }

  @Test(arguments: [FakeUpstream.Forms.all, .clearSigned, [.clearSigned, .plain]])
  func upstreamsDocumentsAreServedInEveryFormThatItHas(forms: FakeUpstream.Forms) throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], forms: forms)
    let mirror = try Mirror(source: upstream, signed: "upstream")
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.errors)")
    let server = try mirror.serve()
    for name in ["index", "com.ubuntu.maas:stable:v3:download"] {
      for form in ["sjson", "json", "json.gpg"] {
        let answer = try server.get("ephemeral-v3/stable/streams/v1/\(name).\(form)")
        #expect(
          answer.code == 200 ? Array(answer.body) == upstream.file("streams/v1/\(name).\(form)") : answer.code == 404)
        // What has no signature is not passed on.
        let isOffered = forms.contains(form == "sjson" ? .clearSigned : [.plain, .detached])
        #expect((answer.code == 200) == isOffered, "\(name).\(form)")
      }
    }
    #expect(try mirror.run("sync", "--publish").output.contains("nothing new"))
  }

  @Test func aFormThatSaysSomethingElseIsNotServed() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20250101"])], updated: FakeUpstream.time - 86_400)
    let name = "streams/v1/com.ubuntu.maas:stable:v3:download.json"
    let (old, signature) = (upstream.file(name), upstream.file("\(name).gpg"))
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    upstream.set(name, old)
    upstream.set("\(name).gpg", signature)
    let mirror = try Mirror(source: upstream, signed: "upstream")
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0)
    #expect(run.errors.contains("says something else"))
    #expect(try mirror.serve().get("ephemeral-v3/stable/\(name)").code == 404)
  }

  /// While a new key takes over, some publications are still signed with the old one.
  @Test func theKeyringHoldsEveryKeyThatAPublicationMayBeSignedWith() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let both =
      Mirror.source("stable", upstream) + Mirror.publication("one", ["stable"]) + Mirror.publication("two", ["stable"])
    let mirror = try Mirror(both)
    try mirror.begin()
    let another = try mirror.run("keys", "create", "--another")
    // A timer that could publish no more is told of at once, and not by the timer.
    #expect(another.code == 0 && another.errors.contains("[signing]\nkey = "), "\(another.errors)")
    let keys = try mirror.json("keys", "show").array?.compactMap { $0["fingerprint"]?.string } ?? []
    #expect(keys.count == 2)
    #expect(try mirror.run("publish").code == 78)
    try mirror.write("[signing]\nkey = \"\(keys[1])\"\n" + both)
    #expect(try mirror.run("publish", "two").code == 0)
    let server = try mirror.serve()
    try mirror.folder.write(Array(try server.get("keyring.gpg").body), "served.gpg")
    for path in ["one", "two"] {
      try mirror.folder.write(Array(try server.get("\(path)/streams/v1/index.sjson").body), "index.sjson")
      let check = try ProcessRun.run(
        "/usr/bin/gpgv", ["--keyring", mirror.folder.file("served.gpg"), mirror.folder.file("index.sjson")])
      #expect(check.code == 0, "\(path): \(check.errors)")
    }
  }

  @Test func aPublicationThatLeftTheConfigurationIsShownAndCanBeEnded() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(
      Mirror.source("stable", upstream) + Mirror.publication("one", ["stable"]) + Mirror.publication("two", ["stable"]))
    try mirror.begin()
    let server = try mirror.serve()
    try mirror.write(Mirror.source("stable", upstream) + Mirror.publication("one", ["stable"]))
    #expect(try mirror.run("status").output.contains("publish --remove two"))
    #expect(try server.get("two/streams/v1/index.sjson").code == 200)
    #expect(try mirror.run("publish", "--remove", "/two/").code == 0)
    #expect(try server.eventually("two/streams/v1/index.sjson") { $0.code == 404 })
    #expect(try server.get("one/streams/v1/index.sjson").code == 200)
    #expect(try mirror.run("publish", "--remove", "two").code == 64)
  }

  @Test func severalSourcesJoinInOneTree() throws {
    let (stable, candidate) = (try FakeUpstream(), try FakeUpstream(algorithm: .rsa3072))
    try stable.publish(try Catalogue.demo())
    try candidate.publish([
      Catalogue.ubuntu(versions: ["20260301"], release: "resolute", number: "26.04", label: "candidate")
    ])
    let mirror = try Mirror(
      Mirror.source("stable", stable) + Mirror.source("candidate", candidate)
        + Mirror.publication("joined", ["stable", "candidate"]) + Mirror.publication("only/stable", ["stable"]))
    #expect(try mirror.run("keys", "create", "--algorithm", "rsa3072").code == 0)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output) \(run.errors)")
    let server = try mirror.serve()
    let key = try keyring(mirror)
    let joined = try RegionWalk(server, publication: "joined", keyring: key)
    let single = try RegionWalk(server, publication: "only/stable", keyring: key)
    #expect(joined.products.flatMap(\.products).count == single.products.flatMap(\.products).count + 1)
    for source in ["stable", "candidate"] {
      #expect(try server.get("joined/upstream/\(source)/streams/v1/index.sjson").code == 200)
    }
  }

  @Test func upstreamsDocumentsPassByteForByte() throws {
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let mirror = try Mirror(
      source: upstream, signed: "upstream", select: "[[source.select]]\nos = [\"ubuntu\"]\narch = [\"amd64\"]")
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output) \(run.errors)")
    #expect(run.output.contains("must not select") && run.output.contains(":arm64:ga-24.04"))
    #expect(try mirror.run("plan").output.contains("must not select"))
    let server = try mirror.serve()
    for name in ["index.sjson", "com.ubuntu.maas:stable:v3:download.sjson"] {
      #expect(try server.get("ephemeral-v3/stable/streams/v1/\(name)").body == upstream.file("streams/v1/\(name)"))
    }
  }

  @Test func upstreamsDocumentsAreKeptBesideALocalPublication() throws {
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    let server = try mirror.serve()
    let bytes = try server.get("ephemeral-v3/stable/upstream/streams/v1/index.sjson").body
    #expect(bytes == upstream.file("streams/v1/index.sjson"))
  }

  @Test func aMirrorCanBeTheSourceOfAnother() throws {
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let first = try Mirror(source: upstream)
    try first.begin()
    let server = try first.serve()
    let second = try Mirror(
      """
      [[source]]
      name = "first"
      url = "\(server.url("ephemeral-v3/stable"))"
      keyring = "\(try keyring(first))"
      min_free = 0
      [[publication]]
      path = "ephemeral-v3/stable"
      sources = ["first"]
      """)
    #expect(try second.run("keys", "create").code == 0)
    let run = try second.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output) \(run.errors)")
    let walk = try RegionWalk(try second.serve(), keyring: try keyring(second))
    #expect(walk.files == (try RegionWalk(server, keyring: try keyring(first))).files)
  }

  @Test func withoutAKeyNothingIsPublishedAndTheRemedyIsTold() throws {
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let mirror = try Mirror(source: upstream)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code != 0)
    #expect(run.errors.contains("maas-mirror keys create"))
    #expect(try mirror.state().keys.allSatisfy { !$0.hasPrefix("publications") })
  }
}
