import Foundation
import Simplestreams
import TestSupport
import Testing

@testable import Storage

@Suite struct SnapshotStoreTests {
  private let folder: TemporaryFolder
  private let data: DataFolder
  private let store: SnapshotStore

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.path)
    try data.create()
    store = SnapshotStore(data)
  }

  private func snapshot(_ sequence: Int = 1) throws -> Snapshot {
    let digest = SHA256Digest(hashing: Array("kernel".utf8))
    return Snapshot(
      source: "stable", sequence: sequence, created: 1_780_000_000,
      documents: [
        .init(
          role: .index, contentID: nil,
          received: [.init(path: try TreePath(document: "streams/v1/index.sjson"), sha256: digest, size: 6)],
          payload: digest, signedBy: "AB", signedAt: 5)
      ],
      items: [
        .init(
          contentID: "c", product: "p", version: "20260101", item: "boot-kernel",
          path: try TreePath(item: "noble/amd64/20260101/ga-24.04/generic/boot-kernel"), sha256: digest, size: 6),
        .init(
          contentID: "c", product: "q", version: "20260101", item: "boot-kernel",
          path: try TreePath(item: "noble/arm64/20260101/boot-kernel"), sha256: digest, size: 6),
      ],
      missing: [.init(product: "p", version: "20250101", reason: "404")])
  }

  /// Equal snapshots have one name, however many items they have.
  @Test(arguments: [0, 1, 199, 200, 201, 1000])
  func aLongListIsWrittenInPiecesToTheSameBytes(count: Int) throws {
    var snapshot = try snapshot()
    let item = snapshot.items[0]
    snapshot.floors = ["items": 5, "\"items\":[": 6]
    snapshot.source = "\"items\":["
    snapshot.items = (0..<count).map {
      var item = item
      item.version = "\($0)"
      return item
    }
    let bytes = try ContentFile.encode(snapshot)
    #expect(try bytes == ContentFile.encodeWhole(snapshot))
    #expect(try ContentFile.decode(Snapshot.self, from: bytes, path: "") == snapshot)
  }

  /// To Swift the two names are equal, and to a region they are not.
  @Test func textsAreHeldOnceOnlyIfTheirBytesAreEqual() throws {
    var snapshot = try snapshot()
    let names = ["caf\u{E9}", "cafe\u{301}", "caf\u{E9}"]
    snapshot.items = names.map { name in
      var item = snapshot.items[0]
      item.product = name
      return item
    }
    let read = try ContentFile.decode(Snapshot.self, from: try ContentFile.encode(snapshot), path: "")
    #expect(read.items.map { Array($0.product.utf8) } == names.map { Array($0.utf8) })
  }

  @Test func aListThatIsCutOrSpoiledIsTold() throws {
    let bytes = try ContentFile.encode(try snapshot())
    var spoiled = bytes
    let place = try #require(bytes.firstRange(of: Array("\"size\":6".utf8))?.lowerBound)
    spoiled[place + 7] = UInt8(ascii: "x")
    for bytes in [Array(bytes.dropLast(20)), spoiled, [], Array("[]".utf8)] {
      #expect(throws: StorageError.self) { try ContentFile.decode(Snapshot.self, from: bytes, path: "a manifest") }
    }
  }

  /// However far back in the list.
  @Test func theItemAtFaultIsNamed() throws {
    var snapshot = try snapshot()
    snapshot.items = (0..<500).map { number in
      var item = snapshot.items[0]
      item.size = Int64(number)
      return item
    }
    var text = String(decoding: try ContentFile.encode(snapshot), as: UTF8.self)
    text = text.replacingOccurrences(of: "\"size\":403", with: "\"size\":\"x\"")
    do {
      _ = try ContentFile.decode(Snapshot.self, from: Array(text.utf8), path: "a manifest")
      Issue.record("it was read")
    } catch {
      #expect("\(error)".contains("items.Index 403.size"), "\(error)")
    }
  }

  @Test func givesBackWhatWasSavedUnderTheHashOfItsManifest() throws {
    let id = try store.save(try snapshot())
    #expect(try store.load(id) == snapshot())
    #expect(try store.ids() == [id])
    let manifest = try #require(FileManager.default.contents(atPath: "\(data.snapshots)/\(id).json"))
    #expect(SHA256Digest(hashing: Array(manifest)) == id.digest)
  }

  @Test func equalSnapshotsAreOneAndOthersAreNot() throws {
    let first = try store.save(try snapshot())
    #expect(try store.save(try snapshot()) == first)
    let second = try store.save(try snapshot(2))
    #expect(Set(try store.ids()) == [first, second])
    #expect(first != second)
  }

  @Test func refusesAManifestThatWasChanged() throws {
    let id = try store.save(try snapshot())
    let path = data.snapshot(id)
    let text = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    try FileManager.default.removeItem(atPath: path)
    try folder.write(text.replacing("20260101", with: "20260102"), "snapshots/\(id).json")
    #expect(throws: StorageError.malformed(path: path, reason: "its bytes do not hash to its name")) {
      try store.load(id)
    }
  }

  @Test func saysWhichSnapshotIsNotThere() throws {
    let id = SnapshotID(SHA256Digest(hashing: []))
    let error = try #require(throws: StorageError.self) { try store.load(id) }
    #expect(error.description.contains("\(id)"))
  }

  @Test func overlooksFilesThatAreNoManifests() throws {
    try folder.write("{}", "snapshots/notes.json")
    try folder.write("{}", "snapshots/\(String(repeating: "a", count: 64)).txt")
    #expect(try store.ids().isEmpty)
  }

  @Test func countsABlobThatTwoItemsShareOnce() throws {
    #expect(try snapshot().bytes == 6)
  }
}

extension ContentFile {
  fileprivate static func encode(_ value: some ItemList) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try encode(value) { bytes += $0 }
    return bytes
  }
}
