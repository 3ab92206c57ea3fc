import Foundation
import OrderedCollections
import Simplestreams
import Storage
import TestSupport
import Testing

/// What upstream has of a product cannot be published: what is served of it stands in, as far as it is here, and everything else
/// goes on.
@Suite struct StandInTests {
  private static let noble = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
  private static let jammy = "com.ubuntu.maas.candidate:v3:boot:22.04:amd64:ga-22.04"
  private static let focal = "com.ubuntu.maas.daily:v3:boot:20.04:amd64:ga-20.04"

  /// A products file for each.
  private static func file(_ product: String, _ versions: [String]) -> JSONValue {
    switch product {
    case noble: Catalogue.ubuntu(versions: versions)
    case jammy: Catalogue.ubuntu(versions: versions, release: "jammy", number: "22.04", label: "candidate")
    default: Catalogue.ubuntu(versions: versions, release: "focal", number: "20.04", label: "daily")
    }
  }

  private static func offer(
    _ listed: OrderedDictionary<String, [String]>, from upstream: FakeUpstream, hour: Int64 = 0,
    edit: (inout JSONValue) -> Void = { _ in }
  ) throws {
    let files = listed.map { product, versions in file(product, versions) }
    try upstream.publish(files, updated: FakeUpstream.time + hour * 3600) { document in
      if document["products"]?[noble] != nil { edit(&document) }
    }
  }

  private static func mirror(_ text: String) throws -> Mirror {
    let mirror = try Mirror(text)
    #expect(try mirror.run("keys", "create").code == 0)
    return mirror
  }

  private static func mirror(of upstream: FakeUpstream) throws -> Mirror {
    try mirror(Mirror.source("stable", upstream) + Mirror.publication("ephemeral-v3/stable", ["stable"]))
  }

  /// What a region sees, every file of it fetched and hashed.
  private static func seen(_ mirror: Mirror) throws -> [String: [String]] {
    let keyring = mirror.folder.file("keyring.gpg")
    #expect(try mirror.run("keys", "export", "--output", keyring).code == 0)
    let products = try RegionWalk(try mirror.serve(), keyring: keyring).products.flatMap(\.products)
    return Dictionary(uniqueKeysWithValues: products.map { ($0.name, $0.versions.map(\.name)) })
  }

  /// What MAAS would reject, from one version to the whole file.
  private static let faults: [(String, String, @Sendable (inout JSONValue) -> Void)] = [
    (
      "version", "manifest is missing",
      { $0["products"]?[noble]?["versions"]?["20260102"]?["items"]?["manifest"] = nil }
    ),
    ("product", "“release_title” is missing", { $0["products"]?[noble]?["release_title"] = nil }),
    ("file", "datatype “image-idz” of its products file", { $0["datatype"] = .string("image-idz") }),
  ]

  /// The last snapshot does not have it either, so that `publish` takes it from the tree that is served.
  @Test(arguments: faults.map(\.0))
  func whatIsServedIsServedOnWithoutASnapshotOfIt(kind: String) throws {
    let (_, reason, fault) = try #require(Self.faults.first { $0.0 == kind })
    let upstream = try FakeUpstream()
    try Self.offer([Self.noble: ["20260101"], Self.jammy: ["20260101"]], from: upstream)
    let mirror = try Self.mirror(of: upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    try FileManager.default.removeItem(atPath: "\(mirror.data)/snapshots")
    let listed: OrderedDictionary = [Self.noble: ["20260102"], Self.jammy: ["20260101", "20260102"]]
    try Self.offer(listed, from: upstream, hour: 1, edit: fault)
    for _ in 1...2 {
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 1, "\(run.output)\(run.errors)")
      #expect(run.output.contains("left out   \(Self.noble) 20260102: \(reason)"), "\(run.output)")
      #expect(
        run.output.contains(
          "left out   product \(Self.noble): it would go back below version 20260101, which is served, and stays as it is"
        ),
        "\(run.output)")
      #expect(try Self.seen(mirror) == [Self.noble: ["20260101"], Self.jammy: ["20260101", "20260102"]])
      #expect(try StoreInvariants.violations(in: mirror.data) == [])
    }
    #expect(try mirror.run("publish").code == 1)
    try Self.offer(listed, from: upstream, hour: 2)
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try Self.seen(mirror) == [Self.noble: ["20260102"], Self.jammy: ["20260101", "20260102"]])
  }

  @Test func aProductsFileThatMAASWouldRejectCostsItsOwnProductsOnly() throws {
    let fault = try #require(Self.faults.first { $0.0 == "file" }).2
    let upstream = try FakeUpstream()
    try Self.offer([Self.noble: ["20260101"], Self.jammy: ["20260101"]], from: upstream, edit: fault)
    let mirror = try Self.mirror(of: upstream)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    let told = "left out   \(Self.noble) 20260101: datatype “image-idz” of its products file is not image-ids"
    #expect(run.output.contains(told), "\(run.output)")
    #expect(try mirror.run("plan").output.contains(told))
    #expect(try Self.seen(mirror) == [Self.jammy: ["20260101"]])
    #expect(!upstream.requests.contains { $0.contains("/noble/") }, "nothing is fetched that nobody could be offered")
    // Mended, served, and wrong once more: what is served stays, as the document of before describes it.
    try Self.offer([Self.noble: ["20260101"], Self.jammy: ["20260101"]], from: upstream, hour: 1)
    #expect(try mirror.run("sync", "--publish").code == 0)
    let listed: OrderedDictionary = [Self.noble: ["20260101", "20260102"], Self.jammy: ["20260101", "20260102"]]
    for hour in 2...3 as ClosedRange<Int64> {
      try Self.offer(listed, from: upstream, hour: hour, edit: fault)
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 0 && run.output.contains("\(Self.noble) 20260102: datatype"), "\(run.output)\(run.errors)")
      #expect(try Self.seen(mirror) == [Self.noble: ["20260101"], Self.jammy: ["20260101", "20260102"]])
    }
    #expect(try mirror.run("verify").code == 0)
    #expect(try StoreInvariants.violations(in: mirror.data) == [])
    try Self.offer(listed, from: upstream, hour: 4)
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try Self.seen(mirror) == Dictionary(uniqueKeysWithValues: listed.map { ($0, $1) }))
  }

  private static func blob(_ path: String, _ mirror: Mirror, _ upstream: FakeUpstream) throws -> String {
    DataFolder(root: mirror.data).blob(SHA256Digest(hashing: try #require(upstream.file(path))))
  }

  /// A region must not be pointed at what it cannot download, and the others need not wait.
  @Test(arguments: [["20260101", "20260102"], ["20260102"]])
  func aProductWhoseServedFilesAreLostHoldsUpNoOther(served: [String]) throws {
    let upstream = try FakeUpstream()
    try Self.offer([Self.noble: served, Self.jammy: ["20260102"]], from: upstream)
    let mirror = try Self.mirror(of: upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    // Damaged, found, and set aside.
    let blob = try Self.blob("noble/amd64/20260102/squashfs", mirror, upstream)
    #expect(chmod(blob, 0o644) == 0)
    try Data("rotten".utf8).write(to: URL(fileURLWithPath: blob))
    #expect(try mirror.run("verify").code == 74)
    #expect(!FileManager.default.fileExists(atPath: blob))
    // What upstream has in its place cannot be had.
    upstream.misbehave(at: "noble/amd64/20260103/squashfs") { _, _ in .answer("404 Not Found") }
    try Self.offer([Self.noble: ["20260103"], Self.jammy: ["20260102", "20260103"]], from: upstream, hour: 1)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 1, "\(run.output)\(run.errors)")
    #expect(run.output.contains("missing    \(Self.noble) 20260103"), "\(run.output)")
    let older = served.dropLast().last
    let rest = older.map { "goes back to version \($0)" } ?? "is left out"
    #expect(
      run.output.contains(
        "left out   product \(Self.noble): version 20260102, which was served, is lost here and nothing newer could be had, "
          + "so it \(rest) for now"), "\(run.output)")
    var expected = [Self.jammy: ["20260102", "20260103"]]
    expected[Self.noble] = older.map { [$0] }
    #expect(try Self.seen(mirror) == expected)
    #expect(mirror.leftovers.isEmpty)
    upstream.behave()
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try Self.seen(mirror)[Self.noble]?.last == "20260103")
  }

  /// One of two sources is down, and a file of it is lost.
  @Test func aSourceThatCannotBeAskedHoldsUpNoOther() throws {
    let (first, second) = (try FakeUpstream(), try FakeUpstream())
    try Self.offer([Self.noble: ["20260101"]], from: first)
    try Self.offer([Self.jammy: ["20260101"]], from: second)
    let mirror = try Self.mirror(
      Mirror.source("first", first) + Mirror.source("second", second)
        + Mirror.publication("ephemeral-v3/stable", ["first", "second"]))
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(unlink(try Self.blob("noble/amd64/20260101/squashfs", mirror, first)) == 0)
    // Nobody has tried to fetch it yet.
    let state = try mirror.state()
    let untried = try mirror.run("publish")
    #expect(untried.code == 74 && untried.errors.contains("blobs of it are gone"), "\(untried.errors)")
    #expect(try mirror.state() == state)
    first.misbehave(at: "streams/v1/index.sjson") { _, _ in .answer("503 Service Unavailable") }
    try Self.offer([Self.jammy: ["20260101", "20260102"]], from: second, hour: 1)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 1, "\(run.output)\(run.errors)")
    for text in [
      "version 20260101: noble/amd64/20260101/squashfs is lost here", "product \(Self.noble): version 20260101",
    ] {
      #expect(run.output.contains(text), "\(run.output)")
    }
    #expect(try Self.seen(mirror) == [Self.jammy: ["20260101", "20260102"]])
    first.behave()
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try Self.seen(mirror) == [Self.noble: ["20260101"], Self.jammy: ["20260101", "20260102"]])
  }

  /// Then regions, which have those images, lose more by what is left than by what is served.
  @Test func whereMoreIsLostThanIsLeftNothingIsChanged() throws {
    let upstream = try FakeUpstream()
    let before: OrderedDictionary = [Self.noble: ["20260101"], Self.jammy: ["20260101"], Self.focal: ["20260101"]]
    try Self.offer(before, from: upstream)
    let mirror = try Self.mirror(of: upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    for release in ["noble", "jammy"] {
      #expect(unlink(try Self.blob("\(release)/amd64/20260101/squashfs", mirror, upstream)) == 0)
      upstream.misbehave(at: "\(release)/amd64/20260102/squashfs") { _, _ in .answer("404 Not Found") }
    }
    try Self.offer(
      [Self.noble: ["20260102"], Self.jammy: ["20260102"], Self.focal: ["20260102"]], from: upstream, hour: 1)
    let publications = { try mirror.state().filter { $0.key.hasPrefix("publications") } }
    let state = try publications()
    let run = try mirror.run("sync", "--publish")
    #expect(
      run.code == 1 && run.errors.contains("of 2 products, more than would be left"), "\(run.output)\(run.errors)")
    #expect(run.errors.contains(Self.noble) && run.errors.contains(Self.jammy) && !run.errors.contains(Self.focal))
    #expect(try mirror.run("publish").code == 74)
    #expect(try publications() == state)
    upstream.behave()
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try Self.seen(mirror).mapValues(\.last).values.allSatisfy { $0 == "20260102" })
  }
}
