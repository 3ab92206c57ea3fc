import Foundation
import Simplestreams
import TestSupport
import Testing

@testable import Storage

@Suite struct PublicationStoreTests {
  private let folder: TemporaryFolder
  private let data: DataFolder
  private let blobs: FileBlobStore
  private let store: PublicationStore
  private static let path = PublicationPath("ephemeral-v3/stable")!

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.path)
    try data.create()
    blobs = FileBlobStore(data)
    store = PublicationStore(data, blobs: blobs)
  }

  private func tree(_ name: String, at path: PublicationPath = path) throws -> PublishedTree {
    let file = PublishedTree.File(
      path: try TreePath(document: "streams/v1/index.sjson"), sha256: SHA256Digest(hashing: Array(name.utf8)), size: 1,
      modified: 1)
    return PublishedTree(
      path: path, signed: .local, key: "AB", keyring: nil, sources: [], documents: [file], items: [],
      contents: ["index": file.sha256])
  }

  @Test func nothingIsPublishedAtFirst() throws {
    #expect(try store.paths().isEmpty)
    #expect(try store.record(Self.path) == nil)
    #expect(try store.stamp().isEmpty)
  }

  @Test func givesBackWhatWasPublished() throws {
    let record = try store.publish(try tree("1"), at: 1000)
    #expect(record.current.number == 1)
    #expect(try store.paths() == [Self.path])
    #expect(try store.record(Self.path) == record)
    #expect(try store.tree(record.current.tree) == tree("1"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: data.publications) == ["ephemeral-v3~stable.json"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: data.incoming).isEmpty)
  }

  @Test func aSwitchKeepsTheHistoryAndTheReplacedTree() throws {
    let first = try store.publish(try tree("1"), at: 1000)
    let second = try store.publish(try tree("2"), at: 2000)
    #expect(second.history.map(\.tree) == [first.current.tree])
    #expect(try store.tree(first.current.tree) == tree("1"))
    #expect(try store.tree(second.current.tree) == tree("2"))
  }

  @Test func publishingTheSameTreeAgainIsNoSwitch() throws {
    let first = try store.publish(try tree("1"), at: 1000)
    let stamp = try store.stamp()
    #expect(try store.publish(try tree("1"), at: 2000) == first)
    #expect(try store.stamp() == stamp)
  }

  @Test func theStampChangesWithEverySwitch() throws {
    var seen: Set<[String]> = []
    for number in 0..<20 {
      try store.publish(try tree("\(number)"), at: 1000)
      seen.insert(try store.stamp())
    }
    #expect(seen.count == 20)
  }

  /// A reader, without a lock, sees the old record or the new one, and its tree is always there.
  @Test func aReaderNeverSeesHalfASwitch() async throws {
    try store.publish(try tree("0"), at: 1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { for number in 1...100 { try store.publish(try tree("\(number)"), at: Int64(number)) } }
      group.addTask {
        var last = 0
        while last < 101 {
          let record = try #require(try store.record(Self.path))
          #expect(record.current.number >= last)
          #expect(record.history.count == record.current.number - 1)
          _ = try store.tree(record.current.tree)
          last = record.current.number
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func aDamagedRecordIsAnErrorThatNamesTheFile() throws {
    try folder.write("{", "publications/ephemeral-v3~stable.json")
    let error = try #require(throws: StorageError.self) { try store.record(Self.path) }
    #expect(error.description.contains("ephemeral-v3~stable.json"))
    #expect(throws: StorageError.self) { try store.publish(try tree("1"), at: 1) }
    let left = FileManager.default.contents(atPath: data.publication(Self.path))
    #expect(left == Data("{".utf8))
  }
}
