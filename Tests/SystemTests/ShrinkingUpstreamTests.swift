import Foundation
import OrderedCollections
import Simplestreams
import TestSupport
import Testing

/// An upstream that takes away, or stands still.
@Suite struct ShrinkingUpstreamTests {
  private static let releases = [("noble", "24.04"), ("jammy", "22.04"), ("focal", "20.04"), ("bionic", "18.04")]

  private func catalogue(_ count: Int, version: String = "20260101") -> JSONValue {
    let all = Self.releases.prefix(count).map { Catalogue.ubuntu(versions: [version], release: $0.0, number: $0.1) }
    return all.dropFirst().reduce(all[0], Catalogue.joined)
  }

  /// Four releases were there, and one is left.
  private func shrunken() throws -> (mirror: Mirror, upstream: FakeUpstream) {
    let upstream = try FakeUpstream()
    try upstream.publish([catalogue(4)])
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    try upstream.publish([catalogue(1)], updated: FakeUpstream.time + 86_400)
    return (mirror, upstream)
  }

  @Test func aMassRemovalIsHeldBackUntilItIsAccepted() throws {
    let (mirror, upstream) = try shrunken()
    let before = try mirror.state()
    let shown = try mirror.run("plan")
    #expect(shown.code == 0 && shown.output.contains("HELD BACK"), "\(shown.output) \(shown.errors)")
    let plan = try #require(try mirror.json("plan").array?.first)
    #expect(plan["held_back"] == .bool(true) && plan["vanished"]?.array?.count == 3)
    for _ in 0..<2 {
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 65)
      #expect(run.errors.contains("3 of 4 products") && run.errors.contains(":22.04:amd64:ga-22.04"))
      #expect(run.errors.contains("--accept-removal"))
      #expect(try mirror.state() == before)
    }
    #expect(try mirror.json("status")["sources"]?.array?.first?["outcome"]?.string?.contains("far less") == true)
    let server = try mirror.serve()
    #expect(try server.get("ephemeral-v3/stable/bionic/amd64/20260101/squashfs").code == 200)
    #expect(try mirror.run("sync", "--publish", "--accept-removal").code == 0)
    #expect(try mirror.state() != before)
    // And it is accepted once: from now on this is what there is.
    #expect(try mirror.run("sync", "--publish").code == 0)
    withExtendedLifetime(upstream) {}
  }

  /// Nothing is missing from the list, and what is selected is.
  @Test func productsThatAreDescribedAnewAreNotDroppedWithoutAWord() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([catalogue(4)])
    let mirror = try Mirror(source: upstream, select: "[[source.select]]\narch = \"amd64\"")
    try mirror.begin()
    let before = try mirror.state()
    try upstream.publish([catalogue(4)], updated: FakeUpstream.time + 86_400) { document in
      for name in (document["products"]?.object ?? [:]).keys where !name.contains(":24.04:") {
        document["products"]?[name]?["arch"] = .string("AMD64")
      }
    }
    #expect(try mirror.json("plan").array?.first?["held_back"] == .bool(true))
    for _ in 0..<2 {
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 65)
      #expect(
        run.errors.contains("3 of 4 products") && run.errors.contains("no longer what is selected"), "\(run.errors)")
      #expect(try mirror.state() == before)
    }
    // An operator who selects something else may do so.
    try mirror.write(
      Mirror.source("stable", upstream, select: "[[source.select]]\nrelease = \"noble\"")
        + Mirror.publication("ephemeral-v3/stable", ["stable"]))
    #expect(try mirror.run("sync", "--publish").code == 0)
  }

  @Test func anUpstreamThatComesBackIsFollowedWithoutAWord() throws {
    let (mirror, upstream) = try shrunken()
    #expect(try mirror.run("sync").code == 65)
    try upstream.publish([catalogue(4, version: "20260201")], updated: FakeUpstream.time + 2 * 86_400)
    #expect(try mirror.run("sync", "--publish").code == 0)
  }

  @Test func theShareIsTheOperatorsToChoose() throws {
    let (mirror, upstream) = try shrunken()
    try mirror.write(Mirror.source("stable", upstream, extra: "max_removal = \"75 %\""))
    #expect(try mirror.run("sync").code == 0)
  }

  @Test func aSmallerSelectionIsNoMassRemoval() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([catalogue(4)])
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    try mirror.write(Mirror.source("stable", upstream, select: "[[source.select]]\nrelease = \"noble\""))
    #expect(try mirror.json("plan").array?.first?["held_back"] == .bool(false))
    #expect(try mirror.run("sync").code == 0)
  }

  @Test func anotherAddressIsAnotherTree() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([catalogue(4)])
    let other = try FakeUpstream()
    try other.publish([catalogue(1)])
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    try mirror.write(Mirror.source("stable", other))
    #expect(try mirror.run("sync").code == 0)
  }

  @Test func aFreezeIsSeenWhereTheIndexSaysNoTime() throws {
    let upstream = try FakeUpstream()
    let old = Int64(Date().timeIntervalSince1970) - 40 * 86400
    try upstream.publish([catalogue(1)], updated: old, editIndex: { $0["updated"] = nil })
    let mirror = try Mirror(source: upstream)
    for _ in 0..<2 { #expect(try mirror.run("sync").errors.contains("older than max_age (7 days)")) }
    let source = try #require(try mirror.json("status")["sources"]?.array?.first)
    #expect(source["index_too_old"] == .bool(true))
    #expect(source["index_updated"] == .string(Timestamp(seconds: old).iso))
  }

  /// Who cannot forge anything can still keep everything new away.
  @Test func aFreezeIsWarnedOfAndTheSyncWorksOn() throws {
    let upstream = try FakeUpstream()
    let old = Int64(Date().timeIntervalSince1970) - 8 * 86400
    try upstream.publish([catalogue(1)], updated: old)
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("keys", "create").code == 0)
    #expect(try mirror.run("plan").output.contains("older than max_age (7 days)"))
    // Also where upstream answers that nothing changed.
    for _ in 0..<2 {
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 0 && run.errors.contains("older than max_age (7 days)"), "\(run.errors)")
    }
    let source = try #require(try mirror.json("status")["sources"]?.array?.first)
    #expect(source["index_too_old"] == .bool(true))
    #expect(source["index_updated"] == .string(Timestamp(seconds: old).iso))
    #expect(try mirror.run("status").output.contains("older than max_age"))
    let server = try mirror.serve()
    let line = "maas_mirror_source_index_too_old{source=\"stable\"} 1"
    #expect(try server.eventually("metrics") { String(decoding: $0.body, as: UTF8.self).contains(line) })
    try upstream.publish([catalogue(1)], updated: old + 7 * 86400)
    #expect(try !mirror.run("sync").errors.contains("max_age"))
    #expect(try mirror.json("status")["sources"]?.array?.first?["index_too_old"] == .bool(false))
  }
}
