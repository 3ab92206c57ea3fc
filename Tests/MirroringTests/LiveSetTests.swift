import Foundation
import OrderedCollections
import Simplestreams
import Storage
import Testing

@testable import Mirroring

/// What a clean-up does not know of, it removes: so nothing that is written down may be missed.
@Suite struct LiveSetTests {
  private func digest(_ text: String) -> SHA256Digest { SampleStore.digest(text) }

  /// Every digest in what a value is written as.
  private func digests(in value: some Encodable) throws -> Set<SHA256Digest> {
    let text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    return Set(text.matches(of: /[0-9a-f]{64}/).compactMap { SHA256Digest(hex: $0.output) })
  }

  /// Whether a value has something in each of its properties: one that is added later must be filled in here.
  private func isFull(_ value: Any) -> Bool {
    Mirror(reflecting: value).children.allSatisfy { child in
      let mirror = Mirror(reflecting: child.value)
      return switch mirror.displayStyle {
      case .optional, .collection, .dictionary, .set: !mirror.children.isEmpty
      default: true
      }
    }
  }

  @Test func holdsEveryDigestOfATree() throws {
    let file = PublishedTree.File(
      path: try TreePath(document: "streams/v1/index.json"), sha256: digest("document"), size: 1, modified: 1,
      zstd: .init(sha256: digest("zstd"), size: 1), gzip: .init(sha256: digest("gzip"), size: 1))
    var item = file
    item.sha256 = digest("item")
    let tree = PublishedTree(
      path: PublicationPath("p")!, signed: .local, key: "AB", keyring: digest("keyring"),
      sources: [.init(source: "s", snapshot: SnapshotID(digest("snapshot")))], documents: [file], items: [item],
      contents: ["index": digest("content")])
    #expect(isFull(tree) && isFull(file))
    var live = LiveSet()
    live.add(tree, digest("tree"))
    // Those two are hashes of what is no blob.
    let named = try digests(in: tree).subtracting([digest("snapshot"), digest("content")])
    #expect(named.count == 5)
    #expect(live.blobs == named.union([digest("tree")]))
  }

  @Test func holdsTheFilesOfVersionsThatLackAnother() throws {
    func item(_ name: String, _ version: String) throws -> Item {
      Item(
        name: name,
        attributes: [
          "path": .string("\(version)/\(name)"), "sha256": .string(digest("\(version) \(name)").hex),
          "size": .number("1"),
        ])
    }
    let versions = try ["1", "2"].map { name in
      Version(name: name, attributes: [:], items: [try item("squashfs", name), try item("manifest", name)])
    }
    let file = ProductsFile(
      contentID: try #require(ContentID("c")), datatype: "image-ids", updated: nil,
      products: [Product(name: "p", attributes: [:], versions: versions)])
    var live = LiveSet()
    live.add(
      [.init(product: "p", version: "2", reason: "404"), .init(product: "q", version: "1", reason: "")],
      listedIn: [file])
    #expect(live.blobs == Set(["2 squashfs", "2 manifest"].map(digest)))
  }

  @Test func holdsEveryDigestOfASnapshot() throws {
    func document(_ name: String) throws -> Snapshot.Document {
      .init(
        role: .products, contentID: "c",
        received: [
          .init(path: try TreePath(document: "streams/v1/a.json"), sha256: digest("\(name) received"), size: 1)
        ],
        payload: digest("\(name) payload"), signedBy: "AB", signedAt: 1)
    }
    let item = Snapshot.Item(
      contentID: "c", product: "p", version: "1", item: "i", path: try TreePath(item: "a"), sha256: digest("item"),
      size: 1)
    let own = try document("own")
    let snapshot = Snapshot(
      source: "s", sequence: 1, created: 1, documents: [own], items: [item],
      missing: [.init(product: "p", version: "2", reason: "gone")], carried: [try document("carried")],
      unfit: [.init(product: "p", version: "3", reason: "incomplete")], floors: ["streams/v1/a": 1])
    #expect(isFull(snapshot) && isFull(item) && isFull(own))
    var live = LiveSet()
    live.add(snapshot)
    #expect(live.blobs.count == 5)
    let named = try digests(in: snapshot)
    #expect(live.blobs == named)
  }
}
