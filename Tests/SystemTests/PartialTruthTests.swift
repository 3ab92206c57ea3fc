import Foundation
import Simplestreams
import TestSupport
import Testing

/// Some of what upstream lists cannot be had.
@Suite struct PartialTruthTests {
  private static let ga = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
  private static let hwe = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:hwe-24.04"

  /// Two kernels of one release: the squashfs and its manifest are files of both.
  private func catalogue(_ versions: [String]) throws -> JSONValue {
    var document = Catalogue.ubuntu(versions: versions)
    var second = try #require(document["products"]?[Self.ga])
    second["subarch"] = .string("hwe-24.04")
    for version in versions {
      for name in ["boot-kernel", "boot-initrd"] {
        second["versions"]?[version]?["items"]?[name]?["path"] = .string(
          "noble/amd64/\(version)/hwe-24.04/generic/\(name)")
      }
    }
    document["products"]?[Self.hwe] = second
    return document
  }

  private static let kernelFiles = ["ga-24.04/generic/boot-kernel", "ga-24.04/generic/boot-initrd"]
  private static let sharedFiles = ["squashfs", "squashfs.manifest"]

  /// Every version that a region sees, by product; the walk has fetched and hashed every file of them.
  private func seen(_ mirror: Mirror) throws -> [String: [String]] {
    let keyring = mirror.folder.file("keyring.gpg")
    #expect(try mirror.run("keys", "export", "--output", keyring).code == 0)
    let walk = try RegionWalk(try mirror.serve(), keyring: keyring)
    let products = walk.products.flatMap(\.products)
    for version in products.flatMap(\.versions) {
      #expect(Set(version.files.map(\.name)) == ["boot-kernel", "boot-initrd", "squashfs", "manifest"])
    }
    return Dictionary(uniqueKeysWithValues: products.map { ($0.name, $0.versions.map(\.name)) })
  }

  /// A mirror that serves one version, and an upstream that has the next.
  private func withANewVersion() throws -> (FakeUpstream, Mirror) {
    let upstream = try FakeUpstream()
    try upstream.publish([try catalogue(["20260101"])])
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    try upstream.publish([try catalogue(["20260101", "20260102"])], updated: FakeUpstream.time + 86_400)
    return (upstream, mirror)
  }

  /// Hundreds of megabytes an hour, for as long as one small file is missing.
  @Test func whatAVersionHasOfItsFilesIsFetchedOnce() throws {
    let (upstream, mirror) = try withANewVersion()
    upstream.misbehave(at: "noble/amd64/20260102/squashfs.manifest") { _, _ in .answer("404 Not Found") }
    for _ in 1...3 { #expect(try mirror.run("sync", "--publish").code == 1) }
    #expect(upstream.requests.count { $0.hasSuffix("/20260102/squashfs") } == 1)
    // The sync has told it; a publish by itself says at least where to look.
    let publish = try mirror.run("publish")
    #expect(publish.output.contains("of “stable” 2 versions could not be had at its last sync"), "\(publish.output)")
    let state = try mirror.state()
    // The server fails in another way, and everything is as it was.
    upstream.misbehave(at: "noble/amd64/20260102/squashfs.manifest") { _, _ in .answer("410 Gone") }
    #expect(try mirror.run("sync", "--publish").code == 1)
    #expect(try mirror.state() == state)
    upstream.behave()
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0 && run.output.contains("1 file"), "\(run.output)")
    #expect(try seen(mirror) == [Self.ga: ["20260101", "20260102"], Self.hwe: ["20260101", "20260102"]])
  }

  @Test(arguments: kernelFiles + sharedFiles)
  func aRegionNeverSeesHalfAVersion(file: String) throws {
    let (upstream, mirror) = try withANewVersion()
    let path = "noble/amd64/20260102/\(file)"
    var wrong = try #require(upstream.file(path))
    wrong[10] ^= 1
    let bytes = wrong
    upstream.misbehave(at: path) { _, _ in .answer("200 OK", body: bytes) }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 1)
    #expect(run.output.contains("\(Self.ga) 20260102"), "\(run.output)")
    #expect(try mirror.run("status").output.contains("stable: missing: \(Self.ga) 20260102: item"))
    let missing = try mirror.json("status")["sources"]?.array?.first?["missing"]?.array
    #expect(missing?.contains { $0["product"]?.string == Self.ga && $0["version"]?.string == "20260102" } == true)
    // Whose files are all there goes on; whose file is missing stays at what was whole.
    let isShared = Self.sharedFiles.contains(file)
    #expect(
      try seen(mirror) == [
        Self.ga: ["20260101"], Self.hwe: isShared ? ["20260101"] : ["20260101", "20260102"],
      ])
    #expect(run.output.contains("\(Self.hwe) 20260102") == isShared)
    #expect(mirror.leftovers.isEmpty)
    upstream.behave()
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try seen(mirror) == [Self.ga: ["20260101", "20260102"], Self.hwe: ["20260101", "20260102"]])
  }
}
