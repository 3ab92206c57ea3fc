import Catalog
import OrderedCollections
import Simplestreams
import Storage
import TestSupport
import Testing

@testable import Mirroring

@Suite struct MassRemovalTests {
  /// A snapshot of so many products, with the versions that each has.
  private func snapshot(_ held: [String: [String]]) throws -> Snapshot {
    let items = try held.flatMap { product, versions in
      try versions.flatMap { version in
        try ["a", "b"].map { name in
          Snapshot.Item(
            contentID: "c", product: product, version: version, item: name,
            path: try TreePath(item: "\(product)/\(version)/\(name)"), sha256: SampleStore.digest("x"), size: 1)
        }
      }
    }
    return Snapshot(source: "s", sequence: 1, created: 0, documents: [], items: items, missing: [])
  }

  private func listing(_ offered: [String: [String]]) throws -> [ProductsFile] {
    var file = try ProductsFile(JSONWriter.write(Catalogue.ubuntu(versions: ["1"])))
    let sample = try #require(file.products.first)
    let version = try #require(sample.versions.first)
    file.products = offered.map { name, versions in
      var product = sample
      product.name = name
      product.versions = versions.map { text in
        var other = version
        other.name = text
        return other
      }
      return product
    }
    return [file]
  }

  private func removal(_ before: [String: [String]], _ after: [String: [String]]) throws -> MassRemoval {
    MassRemoval(of: try snapshot(before), listed: try listing(after))
  }

  @Test func aReplacedVersionIsNotGone() throws {
    let found = try removal(["p": ["1", "2"]], ["p": ["2", "3"]])
    #expect(found.products.isEmpty && found.versions == 0)
    #expect(found.productsBefore == 1 && found.versionsBefore == 2)
    #expect(!found.exceeds(percent: 0))
  }

  @Test func namesTheProductsThatAreGone() throws {
    let found = try removal(["p": ["1"], "q": ["1"], "r": ["1"]], ["p": ["1"], "other": ["1"]])
    #expect(found.products == ["q", "r"] && found.versions == 2)
    #expect(found.exceeds(percent: 66) && !found.exceeds(percent: 67))
  }

  @Test func countsVersionsWhereEveryProductStays() throws {
    let found = try removal(["p": ["1", "2", "3"], "q": ["1", "2", "3"]], ["p": ["3"], "q": ["3"]])
    #expect(found.products.isEmpty && found.versions == 4 && found.versionsBefore == 6)
    #expect(found.exceeds(percent: 66) && !found.exceeds(percent: 67))
  }

  @Test func exactlyTheShareIsStillFollowed() throws {
    let found = try removal(["p": ["1"], "q": ["1"]], ["p": ["1"]])
    #expect(!found.exceeds(percent: 50) && found.exceeds(percent: 49))
  }

  @Test func aProductWithoutVersionsIsGone() throws {
    #expect(try removal(["p": ["1"]], ["p": []]).products == ["p"])
  }

  @Test func theMessageNamesTwentyAndCountsTheRest() throws {
    let many = Dictionary(uniqueKeysWithValues: (100..<130).map { ("product-\($0)", ["1"]) })
    let error = MirrorError.massRemoval(source: "stable", try removal(many, [:]), limit: 50)
    #expect(error.description.contains("30 of 30 products") && error.description.contains("product-119"))
    #expect(!error.description.contains("product-120") && error.description.contains("and 10 more"))
  }
}

@Suite struct IndexAgeTests {
  @Test(arguments: [
    (10, "10 seconds"), (90, "90 seconds"), (7200, "2 hours"), (86_400, "1 day"), (604_800, "7 days"),
  ])
  func theLimitIsToldAsItWasMeant(limit: Int64, text: String) throws {
    let age = try #require(IndexAge(of: 0, limit: limit, now: limit + 1))
    #expect(age.isTooOld && age.warning.contains("older than max_age (\(text))"), "\(age.warning)")
  }

  private func age(_ updated: Int64?, limit: Int64, now: Int64 = 1000) -> IndexAge? {
    var state = SourceState(source: "s", settings: "")
    state.documents = [
      .init(
        role: "index", contentID: nil, path: "streams/v1/index.json", received: [], payload: "", signedBy: nil,
        signedAt: nil, entityTag: nil, lastModified: nil, updated: updated)
    ]
    return IndexAge(state, limit: limit, now: now)
  }

  @Test(arguments: [(900, 100, false), (899, 100, true), (0, 0, false), (5000, 100, false)] as [(Int64, Int64, Bool)])
  func isTooOldAboveTheLimitAndNeverInTheFuture(updated: Int64, limit: Int64, isTooOld: Bool) {
    #expect(age(updated, limit: limit)?.isTooOld == isTooOld)
  }

  @Test func saysNothingOfWhatIsNotKnown() {
    #expect(age(nil, limit: 100) == nil)
    #expect(IndexAge(nil, limit: 100, now: 1000) == nil)
  }
}
