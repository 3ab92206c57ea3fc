import Foundation
import OrderedCollections
import Simplestreams
import TestSupport
import Testing

/// Upstream lists a version that MAAS would find incomplete. Nobody here can mend that.
@Suite struct IncompleteVersionTests {
  private static let product = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
  private static let reason = "\(product) 20260102: manifest is missing"
  private static let broken = "noble/amd64/20260102/"

  private func offer(_ upstream: FakeUpstream, _ versions: [String], updated: Int64) throws {
    var catalogue = Catalogue.ubuntu(versions: versions)
    catalogue["products"]?[Self.product]?["versions"]?["20260102"]?["items"]?["manifest"] = nil
    try upstream.publish([catalogue], updated: updated)
  }

  private func mirror(_ upstream: FakeUpstream, keep: Int = 2, signed: String = "local") throws -> Mirror {
    let mirror = try Mirror(source: upstream, keep: keep, signed: signed)
    #expect(try mirror.run("keys", "create").code == 0)
    return mirror
  }

  private func versions(_ mirror: Mirror) throws -> [String] {
    let keyring = mirror.folder.file("keyring.gpg")
    #expect(try mirror.run("keys", "export", "--output", keyring).code == 0)
    return try RegionWalk(try mirror.serve(), keyring: keyring).products.flatMap(\.products).flatMap(\.versions)
      .map(\.name)
  }

  @Test func itIsNotFetchedAndTheNewestCompleteOnesAreTaken() throws {
    let upstream = try FakeUpstream()
    try offer(upstream, ["20251201", "20260101", "20260102"], updated: FakeUpstream.time)
    let mirror = try mirror(upstream)
    let plan = try mirror.run("plan")
    #expect(plan.code == 0 && plan.output.contains("left out   \(Self.reason)"), "\(plan.output)")
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output) \(run.errors)")
    #expect(run.output.contains("left out   \(Self.reason)"))
    #expect(!upstream.requests.contains { $0.contains(Self.broken) })
    #expect(try versions(mirror) == ["20251201", "20260101"])
    // The timer has nothing to complain of an hour later, and an operator who looks is told all the same.
    let again = try mirror.run("sync", "--publish")
    #expect(again.code == 0 && again.output.contains("nothing new"))
    #expect(try mirror.run("status").output.contains(Self.reason))
    let status = try mirror.json("status")
    #expect(status["sources"]?.array?.first?["left_out"]?.array?.first?["version"]?.string == "20260102")
  }

  @Test func aVersionThatUpstreamSpoilsIsServedOnAsItWas() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101", "20260102"])])
    let mirror = try mirror(upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    // Two states, so that the second finds the good document only in what the first carried over.
    for hour in 1...2 as ClosedRange<Int64> {
      try offer(upstream, ["20260101", "20260102"], updated: FakeUpstream.time + hour * 3600)
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 0, "\(run.output) \(run.errors)")
      #expect(run.output.contains(Self.reason))
      #expect(try versions(mirror) == ["20260101", "20260102"])
    }
    #expect(try mirror.run("verify").code == 0)
  }

  @Test func aProductOfWhichNothingIsCompleteStaysAtWhatWas() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try mirror(upstream, keep: 1)
    #expect(try mirror.run("sync", "--publish").code == 0)
    try offer(upstream, ["20260102"], updated: FakeUpstream.time + 3600)
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try versions(mirror) == ["20260101"])
  }

  /// A product whose description is broken cannot be offered, with whatever versions. What was served of it is served on, as
  /// it was described then, and the others go on.
  @Test func whatIsServedDoesNotVanishForADocumentThatMAASWouldReject() throws {
    let upstream = try FakeUpstream()
    func offer(_ versions: [String], hour: Int64) throws {
      var catalogue = Catalogue.joined(
        Catalogue.ubuntu(versions: versions),
        Catalogue.ubuntu(versions: versions, release: "jammy", number: "22.04"))
      if hour > 0 { catalogue["products"]?[Self.product]?["release_title"] = nil }
      try upstream.publish([catalogue], updated: FakeUpstream.time + hour * 3600)
    }
    try offer(["20260101"], hour: 0)
    let mirror = try mirror(upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    // More than once, so that the good description is found in what the state before carried over.
    for (hour, all) in [(1, ["20260101"]), (2, ["20260101", "20260102"]), (3, ["20260101", "20260102", "20260103"])]
      as [(Int64, [String])]
    {
      try offer(all, hour: hour)
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 0, "\(run.output) \(run.errors)")
      #expect(run.output.contains("left out   \(Self.product)") && run.output.contains("“release_title” is missing"))
      #expect(try versions(mirror).sorted() == (all.suffix(2) + ["20260101"]).sorted())
    }
    #expect(try mirror.run("verify").code == 0)
  }

  /// Of 5,000 products that inherit everything, in 300 KB, none can be taken. It was quadratic in time.
  @Test func thousandsOfThemAreToldInAFewLinesAndCostNoTime() throws {
    let upstream = try FakeUpstream()
    let good = Catalogue.ubuntu(versions: ["20260101"])
    var document = good
    for (key, value) in good["products"]?[Self.product]?.object ?? [:] where key != "versions" { document[key] = value }
    for number in 0..<5000 {
      document["products"]?["a:v3:\(number)"] = .object(["versions": .object(["1": .object(["items": .object([:])])])])
    }
    try upstream.publish([document])
    let mirror = try mirror(upstream)
    let start = ContinuousClock.now
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.errors)")
    // With time proportional to the products about 3 s, without optimization; it was 40.
    #expect(ContinuousClock.now - start < .seconds(20))
    #expect(run.output.split(separator: "\n").count < 40)
    #expect(run.output.contains("… and 4970 more; --json names all of them"), "\(run.output)")
    #expect(try mirror.run("status").output.contains("… and 4970 more"))
    #expect(try mirror.json("status")["sources"]?.array?.first?["left_out"]?.array?.count == 5000)
    #expect(try versions(mirror) == ["20260101"])
  }

  @Test func whereNothingIsCompleteNothingIsChanged() throws {
    let upstream = try FakeUpstream()
    try offer(upstream, ["20260102"], updated: FakeUpstream.time)
    let mirror = try mirror(upstream)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 65)
    #expect(run.errors.contains("MAAS would reject all that is selected") && run.errors.contains(Self.reason))
    #expect(try mirror.state().isEmpty)
    #expect(!upstream.requests.contains { $0.contains(Self.broken) })
  }

  @Test func upstreamsOwnDocumentsWaitUntilRegionsCanUseThem() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try mirror(upstream, signed: "upstream")
    #expect(try mirror.run("sync", "--publish").code == 0)
    let publications = { try mirror.state().filter { $0.key.hasPrefix("publications") } }
    let before = try publications()
    try offer(upstream, ["20260101", "20260102"], updated: FakeUpstream.time + 3600)
    #expect(try mirror.run("sync").code == 0)
    let run = try mirror.run("publish")
    #expect(run.code == 65)
    #expect(run.errors.contains("version 20260102: manifest is missing"))
    #expect(try publications() == before)
  }
}
