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
    let document = Snapshot.Document(
      role: .products, contentID: file.contentID.string, received: [], payload: SampleStore.digest("d"), signedBy: nil,
      signedAt: nil)
    return Snapshot(
      source: "s", sequence: 1, created: 0, documents: [document], items: items,
      missing: missing.map { .init(product: product.name, version: $0, reason: "") })
  }

  private func offered(_ snapshot: Snapshot) -> [String] {
    ExportedVersions(snapshot).limit([file]).flatMap(\.products).flatMap(\.versions).map(\.name)
  }

  @Test func whatWasNotTakenIsNotOffered() throws {
    #expect(try offered(snapshot(of: ["2"])) == ["2"])
    #expect(try ExportedVersions(snapshot(of: [])).limit([file]).map(\.products.count) == [0])
  }

  @Test func whatWasMeantToComeAndIsMissingIsOffered() throws {
    #expect(try offered(snapshot(of: ["2"], missing: ["3"])) == ["2", "3"])
  }

  @Test func anotherFilesVersionsSayNothingOfThisOne() throws {
    var other = try snapshot(of: ["2"])
    other.items[0].contentID = "com.example:other:download"
    #expect(offered(other) == [])
  }
}
