import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// A clock that was set back, or ahead, with the built binary: no time that regions see goes back, and nothing is lost by it.
@Suite struct ClockTests {
  private static let day = 86400
  private let index = "ephemeral-v3/stable/streams/v1/index.sjson"
  private let folder: TemporaryFolder
  private let library: String
  /// Whether there is a C compiler; where there is none, the output says so.
  private let isThere: Bool

  init() throws {
    folder = try TemporaryFolder()
    library = folder.file("other-clock.so")
    guard let compiler = Needed.program("cc", for: "a clock that was set") else {
      isThere = false
      return
    }
    let source = "\(Catalogue.root)/Tests/SystemTests/Peers/other-clock.c"
    let run = try ProcessRun.run(
      compiler, ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library, source])
    #expect(run.code == 0, "\(run.errors)")
    isThere = true
  }

  private func environment(_ days: Int) -> [String: String] {
    ["LD_PRELOAD": library, "CLOCK_OFFSET": "\(days * Self.day)"]
  }

  /// Runs the binary where it is so many days later; earlier with a minus.
  private func run(_ days: Int, _ mirror: Mirror, _ words: String...) throws -> ProcessRun {
    try ProcessRun.run(
      Mirror.binary, words + ["--config", mirror.configuration], environment: environment(days))
  }

  /// One version is published, and a second one is there to be. The key is older than any clock that the tests set.
  private func mirror(_ upstream: FakeUpstream, keyFrom days: Int = -60) throws -> Mirror {
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(
      "[gc]\nautomatic = false\nkeep_states = 0\nkeep_leftovers = 0\nmax_removal = \"100 %\"\n"
        + Mirror.source("stable", upstream, keep: 1, extra: "keep_snapshots = 1")
        + Mirror.publication("ephemeral-v3/stable", ["stable"]))
    #expect(try run(days, mirror, "keys", "create").code == 0)
    #expect(try mirror.run("sync", "--publish").code == 0)
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])], updated: FakeUpstream.time + 86_400)
    return mirror
  }

  private func record(_ mirror: Mirror) throws -> PublicationRecord {
    let folder = DataFolder(root: mirror.data)
    let path = try #require(PublicationPath("ephemeral-v3/stable"))
    return try #require(try PublicationStore(folder, blobs: FileBlobStore(folder)).record(path))
  }

  /// `updated` of the index and of each products file.
  private func times(_ server: ServedMirror, _ mirror: Mirror) throws -> [Timestamp] {
    let keyring = mirror.folder.file("keyring.gpg")
    #expect(try mirror.run("keys", "export", "--output", keyring).code == 0)
    let walk = try RegionWalk(server, keyring: keyring)
    let signed = try StreamIndex(try RegionWalk.signed(server, index, keyring: keyring))
    return try ([signed.updated] + walk.products.map(\.updated)).map { try #require($0) }
  }

  @Test func whatIsPublishedUnderAClockThatWasSetBackIsNewerAllTheSame() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(upstream)
    if !isThere { return }
    let server = try mirror.serve()
    let (before, first) = (try times(server, mirror), try record(mirror).current)
    let old = try server.get(index).body
    #expect(try mirror.run("sync").code == 0)
    let published = try run(-10, mirror, "publish")
    #expect(published.code == 0, "\(published.errors)")
    let second = try record(mirror).current
    #expect(second.number == 2 && second.publishedAt > first.publishedAt)
    #expect(try server.eventually(index) { $0.body != old })
    let after = try times(server, mirror)
    #expect(zip(before, after).allSatisfy { $0 < $1 }, "\(before) \(after)")
    // Nothing changed, so nothing moves: not even where the clock stands before everything.
    #expect(try run(-50, mirror, "publish").output.contains("unchanged"))
    #expect(try run(0, mirror, "publish").output.contains("unchanged"))
  }

  /// Upstream's signature is from the future then, and whoever accepts that accepts anything.
  @Test func aSyncUnderAClockThatWasSetBackSaysSoAndChangesNothing() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(upstream)
    if !isThere { return }
    let state = try mirror.state()
    // Its key was made a moment ago, so that for gpg there is none yet.
    let keyless = try run(-10, mirror, "sync", "--publish")
    #expect(keyless.code == 78 && keyless.errors.contains("which is the time here"), "\(keyless.errors)")
    #expect(try mirror.state() == state)
    let signer = try OtherSigner()
    try upstream.publish(
      [Catalogue.ubuntu(versions: ["20260103"])], updated: FakeUpstream.time + 172_800, forms: [.plain, .detached])
    try signer.sign(upstream, at: nil)
    let sync = try run(-10, mirror, "sync", "--publish")
    #expect(sync.code == 65, "\(sync.errors)")
    for text in ["was signed by key \(signer.key) on 2", "but here it is 2", "set this machine's clock"] {
      #expect(sync.errors.contains(text), "\(sync.errors)")
    }
    #expect(try mirror.state() == state && mirror.leftovers.isEmpty)
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try record(mirror).current.number == 2)
  }

  /// Upstream answers that nothing changed, and what it vouches for so is what would be refused by now.
  @Test func aKeyThatHasExpiredSinceIsToldThoughNothingChanged() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(upstream)
    if !isThere { return }
    try upstream.publish(
      [Catalogue.ubuntu(versions: ["20260103"])], updated: FakeUpstream.time + 172_800, forms: [.plain, .detached])
    let formatter = DateFormatter()
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyyMMdd'T'HHmmss"
    let signer = try OtherSigner(until: formatter.string(from: Date() + 20 * 86_400))
    try signer.sign(upstream, at: nil)
    #expect(try mirror.run("sync", "--publish").code == 0)
    let before = upstream.conditionalRequests.count
    let unchanged = try run(19, mirror, "sync")
    #expect(unchanged.code == 0 && unchanged.output.contains("nothing new"), "\(unchanged.errors)")
    #expect(upstream.conditionalRequests.count == before + 1)
    let state = try mirror.state()
    let expired = try run(21, mirror, "sync")
    #expect(expired.code == 65 && expired.errors.contains("\(signer.key), which expired on 20"), "\(expired.errors)")
    #expect(try mirror.state() == state)
  }

  @Test func aClockThatWasSetBackShortensNoGracePeriod() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(upstream)
    if !isThere { return }
    #expect(try mirror.run("sync", "--publish").code == 0)
    let old = "ephemeral-v3/stable/noble/amd64/20260101/squashfs"
    for days in [-10, 0, 6] {
      let gc = try run(days, mirror, "gc")
      #expect(gc.code == 0, "\(gc.errors)")
      let server = try ServedMirror(mirror, environment: environment(days))
      #expect(try server.get(old).code == 200 && server.get(index).code == 200, "\(days) days")
      #expect(String(decoding: try server.get("readyz").body, as: UTF8.self) == "ready\n")
    }
    let gc = try run(8, mirror, "gc")
    #expect(gc.code == 0 && gc.output.contains("removed"), "\(gc.output)\(gc.errors)")
    #expect(try mirror.serve().get(old).code == 404)
  }

  /// Nobody who has the right time would take it, for as long as the clock was ahead.
  @Test func whatWasSignedUnderAClockThatWasAheadIsSignedAnew() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(upstream)
    if !isThere { return }
    let ahead = try run(90, mirror, "sync", "--publish")
    #expect(ahead.code == 0, "\(ahead.errors)")
    let server = try mirror.serve()
    #expect(try record(mirror).current.number == 2)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0 && run.output.contains("published, number 3"), "\(run.output)\(run.errors)")
    let now = Int64(Date().timeIntervalSince1970)
    #expect(try record(mirror).current.publishedAt <= now)
    #expect(try mirror.run("publish").output.contains("unchanged, number 3"))
    #expect(try server.eventually("readyz") { String(decoding: $0.body, as: UTF8.self) == "ready\n" })
    #expect(try times(server, mirror).allSatisfy { $0.seconds <= now })
    let other = try Mirror(
      """

      [[source]]
      name = "stable"
      url = "\(server.url("ephemeral-v3/stable/"))"
      keyring = "\(mirror.folder.file("keyring.gpg"))"
      min_free = 0

      """)
    let sync = try other.run("sync")
    #expect(sync.code == 0, "\(sync.errors)")
  }

  /// gpg would sign nothing, and export a keyring that verifies nothing.
  @Test func aSigningKeyFromTheFutureIsNotUsed() throws {
    let upstream = try FakeUpstream()
    let mirror = try mirror(upstream, keyFrom: 0)
    if !isThere { return }
    #expect(try mirror.run("sync").code == 0)
    let state = try mirror.state()
    let publish = try run(-10, mirror, "publish")
    #expect(publish.code == 74, "\(publish.errors)")
    #expect(publish.errors.contains("the signing key") && publish.errors.contains("set this machine's clock"))
    #expect(try mirror.state() == state)
    #expect(try mirror.run("publish").code == 0)
  }
}
