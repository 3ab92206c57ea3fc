import Foundation
import OrderedCollections
import Simplestreams
import TestSupport
import Testing

/// What a plan announces is what a sync does.
@Suite struct PlanTests {
  private static let releases = [("noble", "24.04"), ("jammy", "22.04"), ("focal", "20.04"), ("bionic", "18.04")]
  private static let versions = (1...4).map { "2026010\($0)" }

  /// Some releases with some versions.
  private func catalogue(_ contents: [String: Int], _ random: inout SeededRandom) -> JSONValue {
    let chosen = Self.releases.shuffled(using: &random).prefix(Int.random(in: 2...4, using: &random))
    let products = chosen.map { release, number -> JSONValue in
      let versions = Self.versions.filter { _ in Bool.random(using: &random) }
      return Catalogue.ubuntu(
        versions: versions.isEmpty ? [Self.versions[0]] : versions, release: release, number: number)
    }
    return shared(products.dropFirst().reduce(products[0], Catalogue.joined), contents)
  }

  /// Gives half of the items one of a few contents: the same one each time, as no honest upstream changes a file.
  private func shared(_ value: JSONValue, _ contents: [String: Int]) -> JSONValue {
    guard case .object(var object) = value else { return value }
    for (key, member) in object { object[key] = shared(member, contents) }
    if let content = (object["path"]?.string).flatMap({ contents[$0] }) {
      object["sha256"] = .string("contents \(content)")
    }
    return .object(object)
  }

  /// The paths that have one of a few contents.
  private func contents(_ random: inout SeededRandom) -> [String: Int] {
    var found: [String: Int] = [:]
    for (release, number) in Self.releases {
      for version in Self.versions {
        for file in ["ga-\(number)/generic/boot-kernel", "ga-\(number)/generic/boot-initrd", "squashfs"]
        where Bool.random(using: &random) {
          found["\(release)/amd64/\(version)/\(file)"] = Int.random(in: 0..<6, using: &random)
        }
      }
    }
    return found
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func aPlanIsWhatASyncDoes(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let upstream = try FakeUpstream()
    let mirror = try Mirror(
      Mirror.source(
        "stable", upstream, keep: Int.random(in: 1...3, using: &random), extra: "max_removal = \"100 %\"\n"))
    let contents = contents(&random)
    for round in 0..<3 {
      try upstream.publish([catalogue(contents, &random)], updated: FakeUpstream.time + Int64(round) * 86_400)
      let plan = try #require(try mirror.json("plan").array?.first)
      let before = try held(mirror)
      let sync = try #require(try mirror.json("sync").array?.first)
      #expect(
        sync["fetched_files"] == plan["fetch_files"] && sync["fetched_bytes"] == plan["fetch_bytes"], "\(plan)\(sync)")
      // What was fetched is what is there more than before.
      let after = try held(mirror)
      #expect(plan["fetch_files"] == .number(Int64(after.count - before.count)), "\(plan)")
      let bytes = after.values.reduce(0, +) - before.values.reduce(0, +)
      #expect(plan["fetch_bytes"] == .number(bytes), "\(plan)")
      let again = try #require(try mirror.json("plan").array?.first)
      #expect(again["fetch_files"] == .number("0") && again["new_versions"] == .number("0"), "\(again)")
      #expect(again["kept_versions"] == again["versions"] && again["dropped"] == .array([]), "\(again)")
      #expect(again["versions"] == plan["versions"] && again["listed_bytes"] == plan["listed_bytes"], "\(again)")
    }
  }

  /// The images of the store by name, with their sizes. Upstream's documents lie there as well, and are in no plan.
  private func held(_ mirror: Mirror) throws -> [String: Int64] {
    let snapshots = "\(mirror.data)/snapshots"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: snapshots)) ?? []
    var found: [String: Int64] = [:]
    for name in names {
      let text = try String(contentsOfFile: "\(snapshots)/\(name)", encoding: .utf8)
      for item in try JSONReader.read(Array(text.utf8))["items"]?.array ?? [] {
        guard let digest = item["sha256"]?.string else { continue }
        let blob = "\(mirror.data)/blobs/sha256/\(digest.prefix(2))/\(digest)"
        let size = try FileManager.default.attributesOfItem(atPath: blob)[.size] as? Int
        found[digest] = Int64(try #require(size))
      }
    }
    return found
  }
}
