import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// Upstream puts other bytes under a path that regions may still fetch as it was.
@Suite struct RewrittenPathTests {
  private let squashfs = "noble/amd64/20260101/squashfs"
  private static let product = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"

  /// - Parameter bytes: items with the same text in the place of their hash get the same bytes.
  private func offer(
    _ upstream: FakeUpstream, _ bytes: String, _ versions: [String] = ["20260101"], hour: Int64
  ) throws {
    var catalogue = Catalogue.ubuntu(versions: versions)
    catalogue["products"]?[Self.product]?["versions"]?["20260101"]?["items"]?["squashfs"]?["sha256"] = .string(bytes)
    try upstream.publish([catalogue], updated: FakeUpstream.time + hour * 3600)
  }

  @Test(arguments: ["local", "upstream"])
  func whatIsServedStaysAndTheOperatorIsTold(signed: String) throws {
    let upstream = try FakeUpstream()
    try offer(upstream, "first", hour: 0)
    let old = try #require(upstream.file(squashfs))
    let mirror = try Mirror(source: upstream, signed: signed)
    try mirror.begin()
    let server = try mirror.serve()
    let index = try server.get("ephemeral-v3/stable/streams/v1/index.sjson").body
    try offer(upstream, "second", hour: 1)
    #expect(upstream.file(squashfs) != old)
    let told = "\(Self.product) 20260101: item squashfs: upstream has put other bytes under the path \(squashfs)"
    let plan = try mirror.run("plan")
    #expect(plan.code == 0 && plan.output.contains("left out   \(told)"), "\(plan.output)")
    let run = try mirror.run("sync", "--publish")
    // A tree of ours goes on as it was; upstream's documents cannot be served beside what they no longer say.
    #expect(run.code == (signed == "local" ? 0 : 65), "\(run.errors)")
    #expect(run.output.contains("left out   \(told)"), "\(run.output)")
    #expect(try mirror.run("status").output.contains(told))
    #expect(try server.get("ephemeral-v3/stable/\(squashfs)").body == old)
    if signed == "upstream" {
      #expect(run.errors.contains(told), "\(run.errors)")
      #expect(try server.get("ephemeral-v3/stable/streams/v1/index.sjson").body == index)
    }
    #expect(try mirror.run("verify").code == 0)
    // With a version of its own everything is well again.
    try offer(upstream, "first", ["20260101", "20260102"], hour: 2)
    let next = try mirror.run("sync", "--publish")
    #expect(next.code == 0 && !next.output.contains("left out"), "\(next.output) \(next.errors)")
    #expect(try server.eventually("ephemeral-v3/stable/noble/amd64/20260102/squashfs") { $0.code == 200 })
    #expect(try server.get("ephemeral-v3/stable/\(squashfs)").body == old)
  }

  /// Bytes that nobody has any more are not waited for.
  @Test func whereTheOldBytesAreLostTheNewOnesAreTaken() throws {
    let upstream = try FakeUpstream()
    try offer(upstream, "first", hour: 0)
    let old = SHA256Digest(hashing: try #require(upstream.file(squashfs))).hex
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    try FileManager.default.removeItem(atPath: "\(mirror.data)/blobs/sha256/\(old.prefix(2))/\(old)")
    try offer(upstream, "second", hour: 1)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0 && !run.output.contains("left out"), "\(run.output)\(run.errors)")
    #expect(run.output.contains("1 file,"), "\(run.output)")
    let new = try #require(upstream.file(squashfs))
    #expect(try mirror.serve().get("ephemeral-v3/stable/\(squashfs)").body == new)
  }

  @Test(arguments: ["local", "upstream"])
  func whereAnotherSourceGivesAPathToAnotherFileWhatIsServedStays(signed: String) throws {
    let (first, second) = (try FakeUpstream(), try FakeUpstream())
    try offer(first, "first", hour: 0)
    try offer(second, "second", hour: 0)
    let sources = Mirror.source("one", first) + Mirror.source("two", second)
    let isLocal = signed == "local"
    let mirror = try Mirror(sources + Mirror.publication("p", isLocal ? ["one", "two"] : ["one"], signed: signed))
    try mirror.begin()
    let server = try mirror.serve()
    try mirror.write(sources + Mirror.publication("p", isLocal ? ["two", "one"] : ["two"], signed: signed))
    let run = try mirror.run("publish")
    if isLocal {
      #expect(run.code == 1 && run.output.contains("\(squashfs) was served as another file"), "\(run.output)")
      #expect(run.output.contains("and stays as it is"), "\(run.output)")
      #expect(try server.get("p/\(squashfs)").body == first.file(squashfs))
      // A newer version has paths of its own.
      try second.publish([Catalogue.ubuntu(versions: ["20260102"])], updated: FakeUpstream.time + 7200)
      let next = try mirror.run("sync", "--publish")
      #expect(next.code == 0, "\(next.output)\(next.errors)")
      let newest = "noble/amd64/20260102/squashfs"
      #expect(try server.eventually("p/\(newest)") { $0.body == second.file(newest) })
      #expect(try server.get("p/\(squashfs)").body == first.file(squashfs))
    } else {
      // Upstream's documents cannot be cut, and what an operator orders is done, and told.
      #expect(
        run.code == 0 && run.output.contains("note       \(squashfs) is another file from now on"), "\(run.output)")
      #expect(try server.eventually("p/\(squashfs)") { $0.body == second.file(squashfs) })
      #expect(try !mirror.run("publish").output.contains("another file"))
    }
  }
}
