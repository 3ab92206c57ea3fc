import OrderedCollections
import Simplestreams
import Storage
import Testing

@testable import Mirroring

@Suite struct HeldVersionsTests {
  private static let file = "com.example:stable"

  private func item(_ name: String, of version: String, size: Int64 = 1) throws -> Snapshot.Item {
    let path = "\(version)/\(name)"
    return Snapshot.Item(
      contentID: Self.file, product: "product", version: version, item: name, path: try TreePath(item: path),
      sha256: SHA256Digest(hashing: Array(path.utf8)), size: size)
  }

  private func version(_ name: String, _ items: [Snapshot.Item]) -> Version {
    Version(
      name: name, attributes: [:],
      items: items.map { item in
        Item(
          name: item.item,
          attributes: [
            "path": .string(item.path.string), "sha256": .string(item.sha256.hex), "size": .number(item.size),
          ])
      })
  }

  private func held(_ items: [Snapshot.Item]) -> HeldVersions {
    HeldVersions(Snapshot(source: "stable", sequence: 1, created: 0, documents: [], items: items, missing: []))
  }

  /// Together as we write them, or scattered.
  @Test(arguments: [[0, 1, 2, 3], [0, 2, 1, 3], [3, 0, 2, 1]])
  func knowsAVersionByItsFilesHoweverTheyStand(order: [Int]) throws {
    let items = [
      try item("boot-kernel", of: "1"), try item("squashfs", of: "1"), try item("boot-kernel", of: "2"),
      try item("squashfs", of: "2"),
    ]
    let held = held(order.map { items[$0] })
    let key = ProductKey(try #require(ContentID(Self.file)), "product")
    #expect(Set(held.keys) == [VersionKey(key, "1"), VersionKey(key, "2")])
    #expect(held.hold(version("1", Array(items[..<2])), of: key))
    #expect(held.hold(version("2", Array(items[2...])), of: key))
    #expect(!held.hold(version("1", [items[0]]), of: key))
    #expect(!held.hold(version("1", items[..<2] + [try item("manifest", of: "1")]), of: key))
    #expect(!held.hold(version("1", [items[0], try item("squashfs", of: "1", size: 2)]), of: key))
    #expect(!held.hold(version("3", []), of: key))
    #expect(!held.hold(version("1", Array(items[..<2])), of: ProductKey(key.file, "another")))
  }
}
