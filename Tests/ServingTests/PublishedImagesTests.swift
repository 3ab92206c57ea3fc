import Catalog
import Simplestreams
import Storage
import Testing

@testable import Serving

@Suite struct PublishedImagesTests {
  private static func item(_ product: String, _ version: String, _ path: String, _ content: String? = nil) throws
    -> Snapshot.Item
  {
    let path = try TreePath(item: path)
    return .init(
      contentID: "id", product: product, version: version, item: path.lastSegment, path: path,
      sha256: SampleView.digest(content ?? path.string), size: 100)
  }

  private static func snapshot(_ items: [Snapshot.Item]) -> Snapshot {
    Snapshot(source: "s", sequence: 1, created: 1, documents: [], items: items, missing: [])
  }

  private static let squashfs = "noble/amd64/20260101/squashfs"

  @Test func aFileBelongsToEveryProductThatNamesIt() throws {
    let (ga, hwe) = ("noble/amd64/20260101/ga/boot-kernel", "noble/amd64/20260101/hwe/boot-kernel")
    let snapshot = Self.snapshot([
      try Self.item("ga", "20260101", ga), try Self.item("ga", "20260101", Self.squashfs),
      try Self.item("hwe", "20260101", hwe), try Self.item("hwe", "20260101", Self.squashfs),
    ])
    let images = PublishedImages(try SampleView.tree(items: [ga, hwe, Self.squashfs]), [snapshot])
    #expect(images.versions(with: SampleView.digest(Self.squashfs)).map(\.product) == ["ga", "hwe"])
    let found = try #require(images.versions(with: SampleView.digest(ga)).first)
    #expect((found.release, found.architecture, found.version) == ("noble", "amd64", "20260101"))
    #expect(found.files == [SampleView.digest(ga), SampleView.digest(Self.squashfs)])
    #expect(images.versions(with: SampleView.digest("other")).isEmpty)
  }

  /// What the gate left out is in the snapshot, and not published.
  @Test func onlyWhatIsPublishedCounts() throws {
    let snapshot = Self.snapshot([
      try Self.item("ga", "20260101", Self.squashfs), try Self.item("ga", "20260201", "noble/amd64/20260201/squashfs"),
      try Self.item("other", "1", Self.squashfs, "other bytes"),
    ])
    let images = PublishedImages(try SampleView.tree(items: [Self.squashfs]), [snapshot])
    #expect(images.versions.map { "\($0.product) \($0.version)" } == ["ga 20260101"])
    #expect(images.newest.mapValues(\.version) == ["ga": "20260101"])
  }

  @Test func theNewestIsTheLastInCOrder() throws {
    let paths = ["noble/amd64/20250101.2/squashfs", "noble/amd64/20250101.10/squashfs"]
    let snapshot = Self.snapshot([
      try Self.item("ga", "20250101.2", paths[0]), try Self.item("ga", "20250101.10", paths[1]),
    ])
    let images = PublishedImages(try SampleView.tree(items: paths), [snapshot])
    #expect(images.newest["ga"]?.version == "20250101.2")
  }

  @Test func ofAProductInTwoSourcesTheFirstOnesIsPublished() throws {
    let paths = ["noble/amd64/1/a", "noble/amd64/2/a"]
    let images = PublishedImages(
      try SampleView.tree(items: paths),
      [Self.snapshot([try Self.item("ga", "1", paths[0])]), Self.snapshot([try Self.item("ga", "2", paths[1])])])
    #expect(images.versions.map(\.version) == ["1"])
  }

  /// A path of another shape tells no release; the product stands for it.
  @Test func anImageOfAnotherShapeIsNamedByItsProduct() throws {
    let images = PublishedImages(
      try SampleView.tree(items: ["custom/image.tgz"]),
      [Self.snapshot([try Self.item("mine", "1", "custom/image.tgz")])])
    #expect(images.versions.map(\.release) == ["mine"] && images.versions.map(\.architecture) == [""])
  }
}
