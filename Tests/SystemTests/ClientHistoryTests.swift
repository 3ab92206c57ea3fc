import Foundation
import OrderedCollections
import Simplestreams
import Storage
import TestSupport
import Testing

/// Which region lags, as `status --clients` shows it.
@Suite(.serialized) struct ClientHistoryTests {
  private static let uuid = "0f2c7b1e-9a4d-4c51-8e0a-6d1f0b5a3c99"
  private static let other = "5d5d0c3e-41a7-4b0e-9a59-7c1f6d2b8e10"
  private let upstream: FakeUpstream
  private let mirror: Mirror

  init() throws {
    upstream = try FakeUpstream()
    mirror = try Mirror(source: upstream)
    #expect(try mirror.run("keys", "create").code == 0)
    try offer(["20260101"], updated: FakeUpstream.time)
  }

  private func offer(_ versions: [String], updated: Int64) throws {
    try upstream.publish([Catalogue.ubuntu(versions: versions)], updated: updated)
    #expect(try mirror.run("sync", "--publish").code == 0)
  }

  private static func files(_ version: String) -> [String] {
    ["ga-24.04/generic/boot-kernel", "ga-24.04/generic/boot-initrd", "squashfs", "squashfs.manifest"]
      .map { "ephemeral-v3/stable/noble/amd64/\(version)/\($0)" }
  }

  private static func take(_ paths: [String], from server: ServedMirror, _ arguments: String...) throws {
    for path in paths {
      let run = try ProcessRun.run(
        "/usr/bin/curl", ["-sf", "-o", "/dev/null", server.url(path)] + arguments, seconds: 30)
      #expect(run.code == 0, "\(path)")
    }
  }

  /// A server writes down what it sent at the latest when it stops.
  private func served(_ body: (ServedMirror) throws -> Void) throws {
    let server = try mirror.serve()
    try body(server)
    #expect(server.stop() == 0)
  }

  private func images(of client: String) throws -> [JSONValue] {
    let clients = try #require(try mirror.json("status", "--clients")["clients"]?.array)
    return try #require(clients.first { $0["id"]?.string == client })["images"]?.array ?? []
  }

  @Test func showsWhichRegionLagsBehindWhatIsPublished() throws {
    #expect(try mirror.run("status", "--clients").output == "no client has taken anything yet\n")
    let agent = "maas/3.6.0/17500-g.4d2e8a/\(Self.uuid)"
    try served { server in
      try Self.take(Self.files("20260101"), from: server, "-A", agent)
      // In parts: who knows what this client made of them.
      try Self.take([Self.files("20260101")[0]], from: server, "-r", "0-99")
    }
    let region = try #require(try images(of: "maas:\(Self.uuid)").first)
    #expect(region["state"] == .string("current") && region["behind"] == .bool(false))
    #expect(region["release"] == .string("noble") && region["arch"] == .string("amd64"))
    #expect(region["newest_taken"] == .string("20260101") && region["newest_published"] == .string("20260101"))
    let version = try #require(region["versions"]?.array?.first)
    #expect(version["product"] == .string("com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"))
    #expect(version["downloads_complete"] == .number("4") && version["whole"] == .bool(true))
    let other = try #require(try images(of: "127.0.0.1").first)
    #expect(other["state"] == .string("in part") && other["newest_taken"] == .null)

    try offer(["20260101", "20260201"], updated: FakeUpstream.time + 86_400)
    #expect(try images(of: "maas:\(Self.uuid)").first?["behind"] == .bool(true))
    let laggards = try mirror.json("status", "--clients")["clients"]?.array?.filter { $0["behind"] == .bool(true) }
    #expect(laggards?.map { $0["id"] } == [.string("maas:\(Self.uuid)")])
    try served { try Self.take(Array(Self.files("20260201").dropLast()), from: $0, "-A", agent) }
    let text = try mirror.run("status", "--clients").output
    #expect(text.contains("maas:\(Self.uuid) at 127.0.0.1, last seen ") && text.contains(agent), "\(text)")
    #expect(text.contains("behind, 3 of 4 files of 20260201"), "\(text)")
    try served { try Self.take([Self.files("20260201")[3]], from: $0, "-A", agent) }
    #expect(try images(of: "maas:\(Self.uuid)").first?["state"] == .string("current"))
  }

  /// One squashfs for several kernels: who takes one of them lags behind in none of the others.
  @Test func aRegionIsMeasuredByWhatItTakes() throws {
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    let server = try mirror.serve()
    let path = "ephemeral-v3/stable/streams/v1/com.ubuntu.maas:stable:v3:download.json"
    let products = try ProductsFile(try server.get(path).body).products.filter {
      $0["release"] == "noble" && $0["arch"] == "amd64"
    }
    try #require(products.count > 1)
    let files = try #require(products[0].versions.last).files.compactMap { $0.path?.string }
    try Self.take(files.map { "ephemeral-v3/stable/\($0)" }, from: server)
    #expect(server.stop() == 0)
    let clients = try #require(try mirror.json("status", "--clients")["clients"]?.array)
    let images = try #require(clients.first?["images"]?.array)
    #expect(images.map { $0["release"] } == [.string("noble")])
    #expect(images[0]["state"] == .string("current"))
    #expect(images[0]["versions"]?.array?.count ?? 0 > 1)
  }

  /// An empty manifest, say: who has it of one release has begun no other.
  @Test func aFileThatReleasesShareIsNoSignOfBoth() throws {
    let upstream = try FakeUpstream()
    func offer(_ version: String, updated: Int64) throws {
      var releases = [Catalogue.ubuntu(versions: [version])]
      releases.append(Catalogue.ubuntu(versions: [version], release: "jammy", number: "22.04"))
      for index in releases.indices {
        let name = try #require(releases[index]["products"]?.object?.keys.first)
        releases[index]["products"]?[name]?["versions"]?[version]?["items"]?["manifest"]?["sha256"] = .string("shared")
      }
      try upstream.publish([Catalogue.joined(releases[0], releases[1])], updated: updated)
    }
    try offer("20260101", updated: FakeUpstream.time)
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    let shown = { (client: String) in
      let clients = try #require(try mirror.json("status", "--clients")["clients"]?.array)
      let images = try #require(clients.first { $0["id"]?.string == client })["images"]?.array ?? []
      return images.map { "\($0["release"]?.string ?? "") \($0["state"]?.string ?? "")" }
    }
    let files = Self.files("20260101")
    let server = try mirror.serve()
    try Self.take(files, from: server, "-A", "maas/3.6.0/17500-g.4d2e8a/\(Self.uuid)")
    try Self.take(files, from: server, "-A", "maas/3.6.0/17500-g.4d2e8a/\(Self.other)")
    try Self.take([files[3]], from: server)
    #expect(server.stop() == 0)
    #expect(try shown("maas:\(Self.uuid)") == ["noble current"])
    // Which of them it is for, nobody knows yet.
    #expect(try shown("127.0.0.1") == ["jammy in part", "noble in part"])
    let other = try mirror.serve()
    try Self.take(
      [files[0].replacingOccurrences(of: "noble", with: "jammy").replacingOccurrences(of: "24.04", with: "22.04")],
      from: other, "-A", "maas/3.6.0/17500-g.4d2e8a/\(Self.uuid)")
    #expect(other.stop() == 0)
    #expect(try shown("maas:\(Self.uuid)") == ["jammy in part", "noble current"])
    // As an older server left it, of what is published the trees say it too.
    if let sqlite = Needed.program("sqlite3", for: "a history of an older version") {
      let history = DataFolder(root: mirror.data).clients
      let copy = mirror.folder.file("history")
      try FileManager.default.copyItem(atPath: history, toPath: copy)
      #expect(try ProcessRun.run(sqlite, [history, "DROP TABLE file"]).code == 0)
      #expect(try shown("maas:\(Self.other)") == ["noble current"])
      try FileManager.default.removeItem(atPath: history)
      try FileManager.default.moveItem(atPath: copy, toPath: history)
    }
    // What came with it, no tree says any more.
    try offer("20260201", updated: FakeUpstream.time + 86_400)
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try shown("maas:\(Self.other)") == ["noble behind"])
  }

  /// As the unit has it: all of the data folder may be read, and one folder written.
  @Test func theHistoryIsWrittenWhereNothingElseMayBe() throws {
    let data = mirror.data
    try FileManager.default.createDirectory(atPath: "\(data)/serve", withIntermediateDirectories: false)
    let script = """
      mount --bind '\(data)' '\(data)' && mount -o remount,ro,bind '\(data)' &&
      mount --bind '\(data)/serve' '\(data)/serve' && mount -o remount,rw,bind '\(data)/serve'
      """
    guard let wrapper = try Needed.mounting(script, for: "the history beside a read-only data folder") else { return }
    let trial = try ProcessRun.run(wrapper[0], Array(wrapper.dropFirst()) + ["/bin/sh", "-c", "! touch '\(data)/x'"])
    #expect(trial.code == 0, "\(trial.errors)")
    let server = try ServedMirror(mirror, wrapper: wrapper)
    try Self.take(Self.files("20260101"), from: server)
    #expect(server.stop() == 0)
    #expect(try images(of: "127.0.0.1").first?["state"] == .string("current"))
    #expect(!server.printed.contains("not written down"), "\(server.printed)")
  }
}
