import Foundation
import OrderedCollections
import Simplestreams
import TestSupport
import Testing

/// A signer who is compromised or careless lists files that cannot be what is said of them. It costs the version that says so,
/// and nothing else.
@Suite struct ContradictionTests {
  private static let noble = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
  private static let jammy = "com.ubuntu.maas.stable:v3:boot:22.04:amd64:ga-22.04"

  private func catalogue(_ noble: [String], jammy: [String] = []) -> JSONValue {
    let first = Catalogue.ubuntu(versions: noble)
    return jammy.isEmpty
      ? first : Catalogue.joined(Catalogue.ubuntu(versions: jammy, release: "jammy", number: "22.04"), first)
  }

  private func mirror(_ upstream: FakeUpstream) throws -> Mirror {
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("keys", "create").code == 0)
    return mirror
  }

  /// What a region sees, every file of it fetched and hashed.
  private func seen(_ mirror: Mirror) throws -> [String: [String]] {
    let keyring = mirror.folder.file("keyring.gpg")
    #expect(try mirror.run("keys", "export", "--output", keyring).code == 0)
    let products = try RegionWalk(try mirror.serve(), keyring: keyring).products.flatMap(\.products)
    return Dictionary(uniqueKeysWithValues: products.map { ($0.name, $0.versions.map(\.name)) })
  }

  private func item(_ product: String, _ version: String, _ name: String, of document: JSONValue) -> JSONValue? {
    document["products"]?[product]?["versions"]?[version]?["items"]?[name]
  }

  /// The second file is known under no other path.
  @Test func aVersionWithTwoFilesUnderOnePathIsLeftOutByName() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([catalogue(["20260101", "20260201"])]) { document in
      document["products"]?[Self.noble]?["versions"]?["20260201"]?["items"]?["extra"] = .object([
        "ftype": .string("extra"), "path": .string("noble/amd64/20260201/squashfs"), "size": .number(10),
        "sha256": .string(String(repeating: "ab", count: 32)),
      ])
    }
    let mirror = try mirror(upstream)
    let plan = try mirror.run("plan")
    #expect(plan.output.contains("shared:    0 B"), "\(plan.output)")
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 1)
    #expect(
      run.output.contains(
        "missing    \(Self.noble) 20260201: item squashfs: its path noble/amd64/20260201/squashfs is another"),
      "\(run.output)")
    #expect(try seen(mirror) == [Self.noble: ["20260101"]])
    #expect(mirror.leftovers.isEmpty)
  }

  @Test func aPathOfAVersionThatIsServedBecomesNoOtherFile() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([catalogue(["20260101"], jammy: ["20260101"])])
    let mirror = try mirror(upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    // The new version of the product that stands first claims the squashfs of the other's.
    try upstream.publish(
      [catalogue(["20260101"], jammy: ["20260101", "20260201"])], updated: FakeUpstream.time + 86_400
    ) { document in
      document["products"]?[Self.jammy]?["versions"]?["20260201"]?["items"]?["squashfs"]?["path"] = .string(
        "noble/amd64/20260101/squashfs")
      let other = item(Self.jammy, "20260101", "squashfs", of: document)
      for key in ["sha256", "size"] {
        document["products"]?[Self.jammy]?["versions"]?["20260201"]?["items"]?["squashfs"]?[key] = other?[key]
      }
    }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0)
    #expect(
      run.output.contains(
        "\(Self.jammy) 20260201: item squashfs: upstream has put other bytes under the path noble/amd64/20260101/squashfs"
      ), "\(run.output)")
    #expect(try seen(mirror) == [Self.noble: ["20260101"], Self.jammy: ["20260101"]])
  }

  /// A version that has these files as well.
  /// - Parameter contents: of all of them; by default each has its own.
  private func upstream(withFilesAt paths: [String], contents: String? = nil) throws -> FakeUpstream {
    let upstream = try FakeUpstream()
    var document = catalogue(["20260101"])
    for (number, path) in paths.enumerated() {
      document["products"]?[Self.noble]?["versions"]?["20260101"]?["items"]?["extra\(number)"] = .object([
        "ftype": .string("extra"), "path": .string(path), "sha256": .string(contents ?? path),
      ])
    }
    try upstream.publish([document])
    for path in paths { upstream.set(TreePath.percentEncode(path), upstream.file(path)) }
    return upstream
  }

  /// Swift takes the two for one text; servers, clients and disks do not.
  @Test func pathsThatLookAlikeAreTwoPaths() throws {
    let paths = ["noble/amd64/20260101/caf\u{E9}", "noble/amd64/20260101/cafe\u{301}"]
    let upstream = try upstream(withFilesAt: paths, contents: "equal bytes")
    let mirror = try mirror(upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    let server = try mirror.serve()
    for path in paths {
      #expect(try server.get("ephemeral-v3/stable/\(TreePath.percentEncode(path))").code == 200, "\(path.utf8.count)")
    }
  }

  /// A client that sends the path as the document has it asks for another one, by RFC 3986 §2.1. There is none of that name.
  @Test func aPathWithAPercentSignIsDownloadedEncodedAndAsItIs() throws {
    let paths = ["noble/amd64/20260101/a%2Fb", "noble/amd64/20260101/100%"]
    let upstream = try upstream(withFilesAt: paths)
    let mirror = try mirror(upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    let server = try mirror.serve()
    for path in paths {
      let bytes = try #require(upstream.file(path))
      for spelling in [path, TreePath.percentEncode(path)] {
        let answer = try server.get("ephemeral-v3/stable/\(spelling)")
        #expect(answer.code == 200 && answer.body == bytes, "\(spelling)")
      }
    }
    #expect(try server.get("ephemeral-v3/stable/noble/amd64/20260101/a/b").code == 404)
    #expect(try server.get("ephemeral-v3/stable/noble/amd64/20260101/a%2Fc").code == 404)
  }

  /// The faulty product stands first, and lists files of the good one: a new one, and one that is served.
  @Test func aWrongSizeCostsOnlyTheVersionThatListsIt() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([catalogue(["20260101"])])
    let mirror = try mirror(upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    try upstream.publish(
      [catalogue(["20260101", "20260201"], jammy: ["20260201"])], updated: FakeUpstream.time + 86_400
    ) { document in
      for (name, version, size) in [("squashfs", "20260201", 7), ("boot-kernel", "20260101", 8)]
        as [(String, String, Int64)]
      {
        let other = item(Self.noble, version, name, of: document)
        document["products"]?[Self.jammy]?["versions"]?["20260201"]?["items"]?[name]?["sha256"] = other?["sha256"]
        document["products"]?[Self.jammy]?["versions"]?["20260201"]?["items"]?[name]?["size"] = .number(size)
      }
    }
    for _ in 0..<2 {
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 1)
      #expect(
        run.output.contains("\(Self.jammy) 20260201: item boot-kernel: its sha256 is that of a file of"),
        "\(run.output)")
      #expect(!run.output.contains("missing    \(Self.noble)"), "\(run.output)")
      #expect(try seen(mirror) == [Self.noble: ["20260101", "20260201"]])
    }
    #expect(try mirror.run("verify").code == 0)
    #expect(mirror.leftovers.isEmpty)
  }

  /// Of a stored file only a wrong size is listed, and no right one.
  @Test func aVersionThatListsAStoredFileWithAnotherSizeIsNotTakenForWhole() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([catalogue(["20260101"])])
    let mirror = try mirror(upstream)
    #expect(try mirror.run("sync", "--publish").code == 0)
    try upstream.publish([catalogue(["20260101"])], updated: FakeUpstream.time + 86_400) { document in
      document["products"]?[Self.noble]?["versions"]?["20260101"]?["items"]?["squashfs"]?["size"] = .number(7)
    }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 1)
    #expect(run.output.contains("missing    \(Self.noble) 20260101: item squashfs"), "\(run.output)")
    // What was served of it is what upstream said before, and stays.
    #expect(try seen(mirror) == [Self.noble: ["20260101"]])
  }

  /// Two signers whose paths meet: what stands first in “sources” is published, and the other's version is left out by name.
  @Test func ofTwoSourcesWithOnePathTheFirstIsPublished() throws {
    let (first, second) = (try FakeUpstream(), try FakeUpstream())
    try first.publish([catalogue(["20260101"])])
    var custom = Catalogue.ubuntu(versions: ["20260101"], label: "custom")
    custom["products"]?["com.ubuntu.maas.custom:v3:boot:24.04:amd64:ga-24.04"]?["subarch"] = .string("hwe-24.04")
    try second.publish([custom], squashfs: 60_000)
    let configuration =
      Mirror.source("first", first) + Mirror.source("second", second)
      + Mirror.publication("ephemeral-v3/stable", ["first", "second"])
    let mirror = try Mirror(configuration)
    #expect(try mirror.run("keys", "create").code == 0)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 1)
    #expect(run.output.contains("squashfs is another file in a product that stands before it"), "\(run.output)")
    #expect(try seen(mirror) == [Self.noble: ["20260101"]])
    // The first gives way to nobody, and what is right of the second is published beside it as soon as no region can be
    // waiting for what the path was.
    try first.publish([catalogue(["20260201"])], updated: FakeUpstream.time + 86_400)
    let next = try mirror.run("sync", "--publish")
    #expect(next.code == 1 && next.output.contains("squashfs was served as another file"), "\(next.output)")
    #expect(try seen(mirror) == [Self.noble: ["20260201"]])
    try mirror.write("[serve]\ngrace = 0\n" + configuration)
    #expect(try mirror.run("publish").code == 0)
    #expect(try seen(mirror).count == 2)
  }
}
