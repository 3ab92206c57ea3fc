import OrderedCollections
import Simplestreams
import Storage
import TestSupport
import Testing
import Transfer

@testable import Mirroring

@Suite struct PlanTests {
  private func file(_ edit: (inout JSONValue) -> Void = { _ in }) throws -> ProductsFile {
    var document = Catalogue.ubuntu(versions: ["1", "2"])
    for version in ["1", "2"] {
      for (name, hash) in [
        ("boot-kernel", "aa"), ("boot-initrd", "bb"), ("manifest", "cc"), ("squashfs", version + version),
      ] {
        document["products"]?[product]?["versions"]?[version]?["items"]?[name]?["sha256"] = .string(
          String(repeating: hash, count: 32))
        document["products"]?[product]?["versions"]?[version]?["items"]?[name]?["size"] = .number(10)
      }
    }
    edit(&document)
    return try ProductsFile(JSONWriter.write(document))
  }

  private let product = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
  private let everything = Selection(rules: [], keep: 2)

  @Test func equalBytesAreFetchedOnceWhateverPathsTheyHave() throws {
    let plan = try Plan([try file()], selection: everything, previous: nil) { _ in nil }
    #expect(plan.toFetch.count == 5)
    #expect(plan.bytesToFetch == 50 && plan.bytesListed == 80)
    #expect(plan.toFetch[0].paths.count == 2)
  }

  @Test func whatTheStoreHasIsNotFetched() throws {
    let plan = try Plan([try file()], selection: everything, previous: nil) { $0.hex.hasPrefix("aa") ? 10 : nil }
    #expect(plan.present.count == 1 && plan.toFetch.count == 4)
  }

  @Test func whatAnInterruptedSyncBroughtNeedsNoSpaceTwice() throws {
    let plan = Plan([try file()], selection: everything, previous: nil) { _ in
      nil
    } sizeReceived: { _ in
      4
    }
    #expect(plan.bytesToWrite == plan.bytesToFetch - 4 * Int64(plan.toFetch.count))
    #expect(plan.bytesToWrite < plan.bytesToFetch)
  }

  @Test func aVersionIsTakenOnlyWhole() throws {
    let faulty = try file { document in
      document["products"]?[product]?["versions"]?["2"]?["items"]?["squashfs"]?["sha256"] = .string("none")
    }
    let plan = try Plan([faulty], selection: everything, previous: nil) { _ in nil }
    #expect(plan.selected[0].products[0].versions.map(\.name) == ["1"])
    #expect(plan.missing.map(\.version) == ["2"])
    #expect(!plan.toFetch.contains { $0.paths.contains { $0.string.contains("/2/") } })
  }

  @Test func aVersionThatContradictsItselfIsMissing() throws {
    for (key, other) in [("path", "squashfs"), ("sha256", "squashfs")] {
      let faulty = try file { document in
        let items = document["products"]?[product]?["versions"]?["2"]?["items"]
        document["products"]?[product]?["versions"]?["2"]?["items"]?["manifest"]?[key] = items?[other]?[key]
        document["products"]?[product]?["versions"]?["2"]?["items"]?["manifest"]?["size"] = .number(11)
      }
      let plan = try Plan([faulty], selection: everything, previous: nil) { _ in nil }
      #expect(plan.missing.map(\.version) == ["2"])
      #expect(plan.missing.first?.reason.contains("in item manifest") == true, "\(plan.missing)")
      #expect(plan.selected[0].products[0].versions.map(\.name) == ["1"])
      #expect(plan.toFetch.allSatisfy { !$0.paths.isEmpty } && plan.bytesShared >= 0)
    }
  }

  /// The first version says of the kernel that both have that it has 11 bytes.
  private func withTwoSizes() throws -> ProductsFile {
    try file { $0["products"]?[product]?["versions"]?["1"]?["items"]?["boot-kernel"]?["size"] = .number(11) }
  }

  @Test func ofOneHashWithTwoSizesOneIsTriedAfterTheOther() throws {
    let plan = try Plan([try withTwoSizes()], selection: everything, previous: nil) { _ in nil }
    #expect(plan.toFetch.count == 5 && Set(plan.toFetch.map(\.digest)).count == 5)
    #expect(plan.blobs.rivals.map(\.size) == [10] && plan.blobs.refuted.isEmpty)
    #expect(plan.toFetch.first { $0.digest == plan.blobs.rivals[0].digest }?.size == 11)
  }

  @Test func aSizeThatTheStoreRefutesIsNotTried() throws {
    let plan = try Plan([try withTwoSizes()], selection: everything, previous: nil) {
      $0.hex.hasPrefix("aa") ? 10 : nil
    }
    #expect(plan.present.map(\.size) == [10] && plan.blobs.rivals.isEmpty)
    #expect(plan.blobs.refuted.map(\.key.size) == [11])
    #expect(!plan.toFetch.contains { $0.digest.hex.hasPrefix("aa") })
  }

  /// A file that was cut short on the disk proves nothing.
  @Test func aStoredSizeThatNobodyListsRefutesNothing() throws {
    let plan = try Plan([try file()], selection: everything, previous: nil) { $0.hex.hasPrefix("aa") ? 3 : nil }
    #expect(plan.toFetch.contains { $0.digest.hex.hasPrefix("aa") } && plan.blobs.refuted.isEmpty)
  }

  @Test func whatTheNextSnapshotWillNotHaveIsTold() throws {
    let item = Snapshot.Item(
      contentID: "c", product: product, version: "0", item: "squashfs", path: try TreePath(item: "a"),
      sha256: try #require(SHA256Digest(hex: String(repeating: "a", count: 64))), size: 1)
    let previous = Snapshot(source: "s", sequence: 1, created: 0, documents: [], items: [item], missing: [])
    let plan = try Plan([try file()], selection: everything, previous: previous) { _ in nil }
    #expect(plan.dropped == ["\(product) 0"])
    #expect(plan.added == 2 && plan.kept == 0)
  }

  @Test func aSourceMayNameItsIndex() throws {
    #expect(try TreeAddress("https://host/tree/").index == .standard)
    let address = try TreeAddress("https://host/tree/streams/v1/other.sjson")
    #expect(address.root.description == "https://host/tree/")
    #expect(address.index == (try? TreePath(document: "streams/v1/other.sjson")).map { .named($0) })
  }

  @Test(
    arguments: [
      (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_949, "99.9 kB"), (455_872_512, "456 MB"),
      (3_000_000_000, "3.0 GB"),
    ] as [(Int64, String)])
  func sizesReadAsPeopleSayThem(_ count: Int64, _ text: String) { #expect(Bytes.text(count) == text) }
}
