import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// A source with several addresses: mirrors of one signed tree, of which some are down, late or lying. A sync that comes through
/// serves what the signer wrote, byte for byte, and one that fails leaves what was served as it was.
@Suite struct SeveralAddressTests {
  private let index = "streams/v1/index.sjson"
  private let products = "streams/v1/com.ubuntu.maas:stable:v3:download.sjson"
  private let squashfs = "noble/amd64/20260101/squashfs"
  private let first: FakeUpstream
  private let second: FakeUpstream
  /// What upstream offered before, by the paths of requests.
  private let earlier: [String: [UInt8]]

  init() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20251201"])], updated: FakeUpstream.time - 30 * 86_400)
    earlier = Dictionary(
      uniqueKeysWithValues: upstream.paths.map { ($0, upstream.file(String($0.dropFirst("/tree/".count))) ?? []) })
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    first = upstream
    second = try FakeUpstream()
    second.mirror(first)
  }

  private func source(_ addresses: [String], extra: String = "") -> String {
    Mirror.source("stable", at: addresses, like: first, extra: extra)
      + Mirror.publication("ephemeral-v3/stable", ["stable"], signed: "upstream")
  }

  /// A mirror that serves what upstream had before, from an address that is left by now.
  private func mirror(_ addresses: [String]? = nil, extra: String = "") throws -> Mirror {
    let honest = try ScriptedServer { [earlier] request, _ in
      earlier[request.target].map { .answer("200 OK", body: $0) } ?? .answer("404 Not Found")
    }
    let mirror = try Mirror(source(["http://127.0.0.1:\(honest.port)/tree/"]))
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    try mirror.write(source(addresses ?? [first.url, second.url], extra: extra))
    return mirror
  }

  /// That the sync comes through, and that these versions are served then, as upstream has them, with nothing left behind.
  private func serves(
    _ mirror: Mirror, _ versions: [String] = ["20260101"], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ProcessRun {
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    let tree = try StoreState.trees(in: mirror.data)["ephemeral-v3/stable"]
    let items = tree?.items ?? []
    #expect(Set(items.compactMap { Self.version($0.path.string) }) == Set(versions), sourceLocation: sourceLocation)
    for file in items + (tree?.documents ?? []) {
      let bytes = first.file(file.path.string)
      #expect(bytes.map { SHA256Digest(hashing: $0) } == file.sha256, "\(file.path)", sourceLocation: sourceLocation)
    }
    #expect(try StoreInvariants.violations(in: mirror.data) == [], sourceLocation: sourceLocation)
    return run
  }

  private static func version(_ path: String) -> String? {
    path.split(separator: "/").first { $0.prefix(8).allSatisfy(\.isNumber) }.map(String.init)
  }

  /// That the sync fails so, and that what is served is what it was, byte for byte, with nothing left behind.
  private func changesNothing(
    _ mirror: Mirror, code: Int32, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ProcessRun {
    let (state, trees) = (try mirror.state(), try StoreState.trees(in: mirror.data))
    #expect(!trees.isEmpty, sourceLocation: sourceLocation)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == code, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    #expect(try mirror.state() == state, sourceLocation: sourceLocation)
    #expect(try StoreState.lost(trees, in: mirror.data) == [], sourceLocation: sourceLocation)
    #expect(try StoreInvariants.violations(in: mirror.data) == [], sourceLocation: sourceLocation)
    return run
  }

  private func address(of mirror: Mirror) throws -> JSONValue? {
    try mirror.json("status")["sources"]?.array?.first?["url"]
  }

  @Test func oneThatIsDownIsPassedOver() throws {
    let dead = "http://user:secret@127.0.0.1:\(try ScriptedServer.deadPort())/tree/"
    let mirror = try mirror([dead, second.url])
    let run = try serves(mirror)
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
    let run = try changesNothing(try mirror(dead), code: 69)
    #expect(dead.allSatisfy { run.errors.contains($0) })
  }

  @Test func oneThatLiesIsNamedAndPassedOver() throws {
    let text = String(decoding: try #require(first.file(index)), as: UTF8.self)
    let lie = Array(text.replacingOccurrences(of: "image-ids", with: "image-idz").utf8)
    first.misbehave(at: index) { _, _ in .answer("200 OK", body: lie) }
    let mirror = try mirror()
    let run = try serves(mirror)
    #expect(run.errors.contains("\(first.url)\(index) does not match its signature"))
    #expect(try address(of: mirror) == .string(second.url))
  }

  @Test func aLieIsToldBeforeALineThatIsDown() throws {
    first.set(index, Array("<html>please log in</html>".utf8))
    let dead = "http://127.0.0.1:\(try ScriptedServer.deadPort())/tree/"
    let run = try changesNothing(try mirror([first.url, dead]), code: 65)
    #expect(run.errors.contains("none of the addresses of “stable” can be used"))
  }

  /// It repeats what was accepted last, so it lags behind nothing that is known here.
  @Test func oneThatStandsStillIsPassedOverForANewerOne() throws {
    let old = Int64(Date().timeIntervalSince1970) - 20 * 86_400
    try first.publish([Catalogue.ubuntu(versions: ["20260101"])], updated: old)
    second.mirror(first)
    let mirror = try mirror()
    // Where all stand still the first is as good as any, and it is said.
    let still = try serves(mirror)
    #expect(still.errors.contains("older than max_age"), "\(still.errors)")
    #expect(try address(of: mirror) == .string(first.url))
    let frozen = try FakeUpstream()
    frozen.mirror(first)
    try first.publish([Catalogue.ubuntu(versions: ["20260101", "20260201"])])
    try mirror.write(source([frozen.url, first.url]))
    let run = try serves(mirror, ["20260101", "20260201"])
    #expect(!run.output.contains("nothing new"), "\(run.output)")
    #expect(run.errors.contains("\(frozen.url): ") && run.errors.contains("asked the next address"), "\(run.errors)")
    #expect(try address(of: mirror) == .string(first.url))
    #expect(try mirror.json("status")["sources"]?.array?.first?["index_too_old"] == .bool(false))
  }

  @Test func allDocumentsComeFromOneAddress() throws {
    first.misbehave(at: products) { _, _ in .answer("503 Service Unavailable") }
    _ = try serves(try mirror())
    #expect([index, products].allSatisfy { second.requests.contains("/tree/\($0)") })
  }

  @Test func oneThatLagsIsSkippedAndOnlyWhenAllLagIsItARollback() throws {
    let old = try FakeUpstream()
    old.mirror(first)
    try first.publish([Catalogue.ubuntu(versions: ["20260101", "20260201"])], updated: FakeUpstream.time + 86_400)
    let mirror = try mirror([first.url])
    _ = try serves(mirror, ["20260101", "20260201"])
    try mirror.write(source([old.url, first.url]))
    let run = try serves(mirror, ["20260101", "20260201"])
    #expect(run.errors.contains("older than"))
    #expect(try address(of: mirror) == .string(first.url))
    first.mirror(old)
    let refused = try changesNothing(mirror, code: 65)
    #expect(refused.errors.contains("--accept-rollback"))
    #expect(try mirror.run("sync", "--accept-rollback").code == 0)
    _ = try serves(mirror)
  }

  @Test func aFileThatOneLacksOrSpoilsComesFromTheOther() throws {
    first.misbehave(at: squashfs) { _, _ in .answer("404 Not Found") }
    let kernel = "noble/amd64/20260101/ga-24.04/generic/boot-kernel"
    let spoilt = try #require(first.file(kernel)).map { $0 ^ 1 }
    first.misbehave(at: kernel) { _, _ in .answer("200 OK", body: spoilt) }
    let mirror = try mirror()
    let run = try serves(mirror)
    #expect(run.errors.contains("\(first.url)\(kernel): its bytes hash to "))
    #expect(run.errors.contains("fetched from \(second.url)"))
    #expect(first.requests.filter { $0.hasSuffix(kernel) }.count == 1)
    #expect(try address(of: mirror) == .string(first.url))
    #expect(try mirror.run("verify").code == 0)
  }

  @Test func whatOneBrokeOffTheOtherGoesOnWith() throws {
    let whole = try #require(first.file(squashfs))
    first.misbehave(at: squashfs) { _, _ in .truncated(whole, after: 30_000) }
    _ = try serves(try mirror())
    #expect(second.rangedRequests.map { $0.headers["range"] } == ["bytes=30000-"])
  }

  @Test func oneThatBreaksOffAgainAndAgainIsLeftAlone() throws {
    let many = try #require(try Catalogue.demo().first)
    try first.publish([many])
    second.mirror(first)
    let items = Set(
      first.paths.filter { !$0.contains("/streams/") && earlier[$0] == nil && !$0.contains("/20260101/") })
    for item in items { first.misbehave(at: String(item.dropFirst("/tree/".count))) { _, _ in [.close] } }
    let run = try serves(try mirror(extra: "connections = 1"), Set(items.compactMap { Self.version($0) }).sorted())
    #expect(run.errors.contains("\(first.url) fails again and again"))
    #expect(first.requests.filter { items.contains($0) }.count < items.count / 2)
  }

  @Test func validatorsGoOnlyWhereTheyCameFrom() throws {
    let mirror = try mirror()
    _ = try serves(mirror)
    first.misbehave(at: index) { _, _ in .answer("503 Service Unavailable") }
    let run = try serves(mirror)
    #expect(run.output.contains("nothing new"))
    #expect(second.conditionalRequests.isEmpty && second.requests == ["/tree/\(index)"])
    #expect(first.conditionalRequests.count == 1)
  }

  /// Otherwise whoever makes an operator add an address could offer old images there.
  @Test func anAddressThatIsAddedBringsNoRollback() throws {
    let mirror = try mirror([first.url])
    _ = try serves(mirror)
    try first.publish([Catalogue.ubuntu(versions: ["20250101"])], updated: FakeUpstream.time - 86_400)
    second.mirror(first)
    try mirror.write(source([second.url, first.url]))
    let run = try changesNothing(mirror, code: 65)
    #expect(run.errors.contains("older than"))
  }
}
