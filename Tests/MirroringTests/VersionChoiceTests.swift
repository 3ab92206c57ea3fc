import OrderedCollections
import Simplestreams
import Storage
import TestSupport
import Testing

@testable import Mirroring

@Suite struct VersionChoiceTests {
  private let name = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"

  /// - Parameter edit: what is done to the product.
  private func file(_ versions: [String], _ edit: (inout JSONValue) -> Void = { _ in }) throws -> ProductsFile {
    var document = Catalogue.ubuntu(versions: versions)
    for version in versions {
      for item in ["boot-kernel", "boot-initrd", "manifest", "squashfs"] {
        var described = document["products"]?[name]?["versions"]?[version]?["items"]?[item]
        described?["sha256"] = .string(SHA256Digest(hashing: "\(version) \(item)".utf8).hex)
        described?["size"] = .number(10)
        document["products"]?[name]?["versions"]?[version]?["items"]?[item] = described
      }
    }
    var product = try #require(document["products"]?[name])
    edit(&product)
    document["products"]?[name] = product
    return try ProductsFile(JSONWriter.write(document))
  }

  private func choice(_ file: ProductsFile, keep: Int = 2) throws -> VersionChoice {
    VersionChoice(of: try #require(file.products.first), in: file, keep: keep)
  }

  private func taken(_ choice: VersionChoice) -> [String]? { choice.product?.versions.map(\.name) }

  @Test func theNewestVersionsAreTaken() throws {
    let choice = try choice(try file(["1", "2", "3"]))
    #expect(taken(choice) == ["2", "3"])
    #expect(choice.missing.isEmpty && choice.unfit.isEmpty)
  }

  @Test(arguments: ["boot-kernel", "boot-initrd", "manifest", "squashfs"])
  func anIncompleteVersionIsPassedOverForAnOlderOne(item: String) throws {
    let choice = try choice(try file(["1", "2", "3"]) { $0["versions"]?["3"]?["items"]?[item] = nil })
    #expect(taken(choice) == ["1", "2"])
    #expect(choice.unfit.map(\.version) == ["3"])
    #expect(choice.unfit[0].reason.contains("\(item)") && choice.unfit[0].reason.contains("incomplete"))
    #expect(choice.missing.isEmpty)
  }

  @Test func whatWouldNotBeTakenAnywayIsNotSpokenOf() throws {
    let choice = try choice(try file(["1", "2", "3"]) { $0["versions"]?["1"]?["items"]?["manifest"] = nil })
    #expect(taken(choice) == ["2", "3"])
    #expect(choice.unfit.isEmpty)
  }

  @Test func whatCannotBeTrustedIsMissingRatherThanUnfit() throws {
    let choice = try choice(
      try file(["1", "2"]) { $0["versions"]?["2"]?["items"]?["squashfs"]?["sha256"] = .string("none") })
    #expect(taken(choice) == ["1"])
    #expect(choice.missing.map(\.version) == ["2"] && choice.unfit.isEmpty)
  }

  @Test func aProductThatMAASRejectsIsNotTakenAtAll() throws {
    let choice = try choice(try file(["1", "2", "3"]) { $0["release_title"] = nil })
    #expect(choice.product == nil)
    #expect(choice.unfit.map(\.version) == ["3", "2"])
    #expect(choice.unfit[0].reason.contains("release_title"))
  }

  @Test func aThousandFaultsAreOneLine() throws {
    let choice = try choice(
      try file(["1"]) { product in
        for number in 0..<1000 {
          product["versions"]?["1"]?["items"]?["i\(number)"] = .object([
            "path": .string("noble/\(number)"), "size": .number(1),
            "sha256": .string(SHA256Digest(hashing: "\(number)".utf8).hex),
          ])
        }
      })
    #expect(choice.unfit.count == 1 && choice.unfit[0].reason.hasSuffix("; and 997 more"), "\(choice.unfit)")
  }

  @Test func aProductStaysForWhatTheStoreHasOfIt() throws {
    let spoiled = try file(["2"]) { $0["versions"]?["2"]?["items"]?["manifest"] = nil }
    let item = Snapshot.Item(
      contentID: "c", product: name, version: "1", item: "squashfs", path: try TreePath(item: "a"),
      sha256: SHA256Digest(hashing: "1".utf8), size: 1)
    let previous = Snapshot(source: "s", sequence: 1, created: 0, documents: [], items: [item], missing: [])
    let plan = try Plan([spoiled], selection: Selection(rules: [], keep: 1), previous: previous) { _ in nil }
    #expect(plan.toFetch.isEmpty)
    #expect(plan.unfit.map(\.version) == ["2"])
    #expect(plan.dropped.isEmpty && plan.kept == 1 && plan.added == 0)
  }
}
