import Foundation
import Simplestreams
import TestSupport
import Testing

/// A source with several addresses: mirrors of one signed tree, of which some are down, late or lying.
@Suite struct SeveralAddressTests {
  private let index = "streams/v1/index.sjson"
  private let products = "streams/v1/com.ubuntu.maas:stable:v3:download.sjson"
  private let squashfs = "noble/amd64/20260101/squashfs"
  private let first: FakeUpstream
  private let second: FakeUpstream

  init() throws {
    first = try FakeUpstream()
    second = try FakeUpstream()
    try first.publish([Catalogue.ubuntu(versions: ["20260101"])])
    second.mirror(first)
  }

  private func mirror(_ addresses: [String]? = nil, extra: String = "") throws -> Mirror {
    try Mirror(Mirror.source("stable", at: addresses ?? [first.url, second.url], like: first, extra: extra))
  }

  private func address(of mirror: Mirror) throws -> JSONValue? {
    try mirror.json("status")["sources"]?.array?.first?["url"]
  }

  @Test func oneThatIsDownIsPassedOver() throws {
    let dead = "http://user:secret@127.0.0.1:\(try ScriptedServer.deadPort())/tree/"
    let mirror = try mirror([dead, second.url])
    let run = try mirror.run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("no connection") && run.errors.contains("asked the next address"))
    #expect(run.output.contains("read from  \(second.url)"))
    #expect(try address(of: mirror) == .string(second.url))
    #expect(try mirror.run("status").output.contains("from \(second.url)"))
    #expect(try mirror.run("verify").code == 0)
    let catalog = FileManager.default.contents(atPath: "\(mirror.data)/catalog.sqlite") ?? Data()
    #expect((Data((run.output + run.errors).utf8) + catalog).range(of: Data("secret".utf8)) == nil)
  }

  @Test func whenAllAreDownUpstreamIsUnreachable() throws {
    let dead = try (1...2).map { _ in "http://127.0.0.1:\(try ScriptedServer.deadPort())/tree/" }
    let run = try mirror(dead).run("sync")
    #expect(run.code == 69)
    #expect(dead.allSatisfy { run.errors.contains($0) })
  }

  @Test func oneThatLiesIsNamedAndPassedOver() throws {
    let bytes = String(decoding: try #require(first.file(index)), as: UTF8.self)
    first.set(index, Array(bytes.replacingOccurrences(of: "image-ids", with: "image-idz").utf8))
    let mirror = try mirror()
    let run = try mirror.run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("\(first.url)\(index) does not match its signature"))
    #expect(try address(of: mirror) == .string(second.url))
  }

  @Test func aLieIsToldBeforeALineThatIsDown() throws {
    first.set(index, Array("<html>please log in</html>".utf8))
    let run = try mirror([first.url, "http://127.0.0.1:\(try ScriptedServer.deadPort())/tree/"]).run("sync")
    #expect(run.code == 65)
    #expect(run.errors.contains("none of the addresses of “stable” can be used"))
  }

  /// It repeats what was accepted last, so it lags behind nothing that is known here.
  @Test func oneThatStandsStillIsPassedOverForANewerOne() throws {
    let old = Int64(Date().timeIntervalSince1970) - 20 * 86_400
    try first.publish([Catalogue.ubuntu(versions: ["20260101"])], updated: old)
    second.mirror(first)
    let mirror = try mirror()
    // Where all stand still the first is as good as any, and it is said.
    let still = try mirror.run("sync")
    #expect(still.code == 0 && still.errors.contains("older than max_age"), "\(still.errors)")
    #expect(try address(of: mirror) == .string(first.url))
    let frozen = try FakeUpstream()
    frozen.mirror(first)
    try first.publish([Catalogue.ubuntu(versions: ["20260101", "20260201"])])
    try mirror.write(Mirror.source("stable", at: [frozen.url, first.url], like: first))
    let run = try mirror.run("sync")
    #expect(run.code == 0 && run.output.contains("new") == false, "\(run.output)")
    #expect(run.errors.contains("\(frozen.url): ") && run.errors.contains("asked the next address"), "\(run.errors)")
    #expect(try address(of: mirror) == .string(first.url))
    #expect(try mirror.json("status")["sources"]?.array?.first?["index_too_old"] == .bool(false))
  }

  @Test func allDocumentsComeFromOneAddress() throws {
    first.misbehave(at: products) { _, _ in .answer("503 Service Unavailable") }
    let run = try mirror().run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect([index, products].allSatisfy { second.requests.contains("/tree/\($0)") })
  }

  @Test func oneThatLagsIsSkippedAndOnlyWhenAllLagIsItARollback() throws {
    let old = try FakeUpstream()
    old.mirror(first)
    try first.publish([Catalogue.ubuntu(versions: ["20260101", "20260201"])], updated: FakeUpstream.time + 86_400)
    let mirror = try mirror([first.url])
    #expect(try mirror.run("sync").code == 0)
    try mirror.write(Mirror.source("stable", at: [old.url, first.url], like: first))
    let run = try mirror.run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("older than"))
    #expect(try address(of: mirror) == .string(first.url))
    first.mirror(old)
    let state = try mirror.state()
    let refused = try mirror.run("sync")
    #expect(refused.code == 65)
    #expect(refused.errors.contains("--accept-rollback"))
    #expect(try mirror.state() == state)
    #expect(try mirror.run("sync", "--accept-rollback").code == 0)
  }

  @Test func aFileThatOneLacksOrSpoilsComesFromTheOther() throws {
    first.misbehave(at: squashfs) { _, _ in .answer("404 Not Found") }
    let kernel = "noble/amd64/20260101/ga-24.04/generic/boot-kernel"
    let spoilt = try #require(first.file(kernel)).map { $0 ^ 1 }
    first.misbehave(at: kernel) { _, _ in .answer("200 OK", body: spoilt) }
    let mirror = try mirror()
    let run = try mirror.run("sync")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    #expect(run.errors.contains("\(first.url)\(kernel): the bytes of blob"))
    #expect(run.errors.contains("fetched from \(second.url)"))
    #expect(first.requests.filter { $0.hasSuffix(kernel) }.count == 1)
    #expect(try address(of: mirror) == .string(first.url))
    #expect(mirror.leftovers.isEmpty)
    #expect(try mirror.run("verify").code == 0)
  }

  @Test func whatOneBrokeOffTheOtherGoesOnWith() throws {
    let whole = try #require(first.file(squashfs))
    first.misbehave(at: squashfs) { _, _ in .truncated(whole, after: 30_000) }
    let run = try mirror().run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect(second.rangedRequests.map { $0.headers["range"] } == ["bytes=30000-"])
  }

  @Test func oneThatBreaksOffAgainAndAgainIsLeftAlone() throws {
    try first.publish([try #require(try Catalogue.demo().first)])
    second.mirror(first)
    let items = Set(first.paths.filter { !$0.contains("/streams/") })
    for item in items { first.misbehave(at: String(item.dropFirst("/tree/".count))) { _, _ in [.close] } }
    let run = try mirror(extra: "connections = 1").run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("\(first.url) fails again and again"))
    #expect(first.requests.filter { items.contains($0) }.count < items.count / 2)
  }

  @Test func validatorsGoOnlyWhereTheyCameFrom() throws {
    let mirror = try mirror()
    #expect(try mirror.run("sync").code == 0)
    first.misbehave(at: index) { _, _ in .answer("503 Service Unavailable") }
    let run = try mirror.run("sync")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("nothing new"))
    #expect(second.conditionalRequests.isEmpty && second.requests == ["/tree/\(index)"])
    #expect(first.conditionalRequests.count == 1)
  }

  /// Otherwise whoever makes an operator add an address could offer old images there.
  @Test func anAddressThatIsAddedBringsNoRollback() throws {
    let mirror = try mirror([first.url])
    #expect(try mirror.run("sync").code == 0)
    try first.publish([Catalogue.ubuntu(versions: ["20250101"])], updated: FakeUpstream.time - 86_400)
    second.mirror(first)
    try mirror.write(Mirror.source("stable", at: [second.url, first.url], like: first))
    let run = try mirror.run("sync")
    #expect(run.code == 65)
    #expect(run.errors.contains("older than"))
  }
}
