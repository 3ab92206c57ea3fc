import Foundation
import Simplestreams
import TestSupport
import Testing

/// Upstream replaces a version, and the new one cannot be had.
@Suite struct CarriedVersionTests {
  private let index = "ephemeral-v3/stable/streams/v1/index.sjson"

  private func replaced(
    signed: String
  ) throws -> (mirror: Mirror, upstream: FakeUpstream, run: ProcessRun, oldIndex: [UInt8]?) {
    let upstream = try FakeUpstream()
    try upstream.publish([catalogue("20260101")])
    let oldIndex = upstream.file("streams/v1/index.sjson")
    let mirror = try Mirror(source: upstream, signed: signed)
    try mirror.begin()
    try upstream.publish([catalogue("20260201")], updated: FakeUpstream.time + 86_400)
    upstream.misbehave(at: "noble/amd64/20260201/squashfs") { _, _ in .answer("404 Not Found") }
    return (mirror, upstream, try mirror.run("sync", "--publish"), oldIndex)
  }

  private func catalogue(_ version: String) -> JSONValue {
    Catalogue.joined(
      Catalogue.ubuntu(versions: [version]),
      Catalogue.ubuntu(versions: [version], release: "jammy", number: "22.04"))
  }

  private func versions(_ mirror: Mirror) throws -> [String] {
    let keyring = mirror.folder.file("keyring.gpg")
    #expect(try mirror.run("keys", "export", "--output", keyring).code == 0)
    let walk = try RegionWalk(try mirror.serve(), keyring: keyring)
    return walk.products.flatMap(\.products).flatMap { product in
      product.versions.map { "\(product["release"] ?? "") \($0.name)" }
    }.sorted()
  }

  @Test func theOldOneStaysInTheLocalTreeUntilTheNewOneIsWhole() throws {
    let (mirror, upstream, run, _) = try replaced(signed: "local")
    #expect(run.code == 1)
    #expect(run.output.contains("20260201: item squashfs"))
    #expect(try versions(mirror) == ["jammy 20260201", "noble 20260101"])
    // And it stays when nothing else happens.
    #expect(try mirror.run("sync", "--publish").code == 1)
    #expect(try versions(mirror) == ["jammy 20260201", "noble 20260101"])
    #expect(try mirror.run("verify").code == 0)
    // What it was signed in is there for an auditor.
    let served = try mirror.state().first { $0.key.hasPrefix("publications/") }
    #expect(served != nil)
    upstream.behave()
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try versions(mirror) == ["jammy 20260201", "noble 20260201"])
  }

  @Test func upstreamsOwnDocumentsWaitUntilTheyAreTrue() throws {
    let (mirror, upstream, run, oldIndex) = try replaced(signed: "upstream")
    #expect(run.code == 1)
    #expect(run.errors.contains("was not changed") && run.errors.contains("20260201"))
    let server = try mirror.serve()
    #expect(try server.get(index).body == oldIndex)
    #expect(try server.get("ephemeral-v3/stable/noble/amd64/20260101/squashfs").code == 200)
    #expect(try mirror.run("publish").code == 65)
    upstream.behave()
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try server.eventually("ephemeral-v3/stable/noble/amd64/20260201/squashfs") { $0.code == 200 })
  }
}
