import Simplestreams
import Storage
import TestSupport
import Testing

@testable import Mirroring

/// Of what a bundle's documents list, what it can hold.
@Suite struct ExportedVersionsTests {
  private let file: ProductsFile
  private let product: Product

  init() throws {
    file = try ProductsFile(JSONWriter.write(Catalogue.ubuntu(versions: ["1", "2", "3"])))
    product = try #require(file.products.first)
  }

  private func snapshot(of versions: [String], missing: [String] = []) throws -> Snapshot {
    let items = try versions.map { version in
      Snapshot.Item(
        contentID: file.contentID.string, product: product.name, version: version, item: "squashfs",
        path: try TreePath(item: "\(version)/squashfs"), sha256: SampleStore.digest("x"), size: 1)
    }
    return Snapshot(
      source: "s", sequence: 1, created: 0, documents: [], items: items,
      missing: missing.map { .init(product: product.name, version: $0, reason: "") })
  }

  private func offered(_ snapshot: Snapshot) -> [String] {
    ExportedVersions(snapshot).limit([file], besides: []).flatMap(\.products).flatMap(\.versions).map(\.name)
  }

  @Test func whatIsOlderThanAllThatWasTakenIsNotOffered() throws {
    #expect(try offered(snapshot(of: ["3"])) == ["3"])
    #expect(try ExportedVersions(snapshot(of: [])).limit([file], besides: []).map(\.products.count) == [0])
  }

  @Test func whatIsNewerIsOfferedWhateverTheBundleSays() throws {
    #expect(try offered(snapshot(of: ["2"])) == ["2", "3"])
    #expect(try offered(snapshot(of: ["3", "1"])) == ["1", "2", "3"])
  }

  @Test func whatIsHereStaysOffered() throws {
    let held = VersionKey(ProductKey(file.contentID, product.name), "1")
    let found = try ExportedVersions(snapshot(of: ["3"])).limit([file], besides: [held])
    #expect(found.flatMap(\.products).flatMap(\.versions).map(\.name) == ["1", "3"])
    let nothing = try ExportedVersions(snapshot(of: [])).limit([file], besides: [held])
    #expect(nothing.flatMap(\.products).flatMap(\.versions).map(\.name) == ["1"])
    #expect(try ExportedVersions(snapshot(of: [])).passedOver([file]) == [product.name])
    #expect(try ExportedVersions(snapshot(of: ["1"])).passedOver([file]) == [])
  }

  @Test func whatWasMeantToComeAndIsMissingIsOffered() throws {
    #expect(try offered(snapshot(of: ["3"], missing: ["2"])) == ["2", "3"])
    #expect(try offered(snapshot(of: [], missing: ["3"])) == ["3"])
  }
}
