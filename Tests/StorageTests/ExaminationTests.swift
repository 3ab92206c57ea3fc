import Foundation
import Simplestreams
import TestSupport
import Testing

@testable import Storage

@Suite struct ExaminationTests {
  private let folder: TemporaryFolder
  private let data: DataFolder
  private let store: FileBlobStore
  private let bytes = Array(String(repeating: "some bytes of an image\n", count: 500_000).utf8)

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.path)
    try data.create()
    store = FileBlobStore(data)
  }

  private func damage(_ digest: SHA256Digest) throws {
    #expect(chmod(data.blob(digest), 0o644) == 0)
    let file = try #require(FileHandle(forUpdatingAtPath: data.blob(digest)))
    try file.seek(toOffset: 5_000_001)
    try file.write(contentsOf: Data("!".utf8))
  }

  private func aside(_ digest: SHA256Digest) -> String { "\(data.quarantine)/\(digest.hex)" }

  /// More than one buffer, and no multiple of a disk's blocks.
  @Test func readsBlobsOfEverySize() throws {
    for bytes in [[], [1], Array(bytes[..<4096]), bytes] {
      #expect(try store.examine(try store.insert(bytes)) == .sound)
    }
    #expect(try store.examine(SHA256Digest(hashing: [9])) == .gone)
  }

  @Test(
    arguments: [(0, 4096), (1, 4096), (4097, 8192), (4 << 20, 4 << 20), (Int64.max >> 1, 4 << 20)] as [(Int64, Int)])
  func theBufferIsNoLargerThanTheBlob(size: Int64, buffer: Int) {
    #expect(FileBlobStore.bufferSize(for: size) == buffer)
  }

  @Test func damageIsFoundAndSetAside() throws {
    let digest = try store.insert(bytes)
    try damage(digest)
    guard case .damaged(let reason, let file) = try store.examine(digest) else { return #expect(Bool(false)) }
    #expect(reason.contains("hash to"))
    #expect(try store.quarantine(digest, file))
    #expect(try store.size(of: digest) == nil)
    #expect(FileManager.default.fileExists(atPath: aside(digest)))
    #expect(try store.examine(digest) == .gone)
    #expect(try !store.quarantine(digest, file))
  }

  /// A writer may be faster than the reading of a large file.
  @Test func whatAWriterMendedInTheMeantimeStays() throws {
    let digest = try store.insert(bytes)
    try damage(digest)
    guard case .damaged(_, let file) = try store.examine(digest) else { return #expect(Bool(false)) }
    // The old file lives on under another name, so that the new one cannot be given its number.
    #expect(link(data.blob(digest), folder.file("old")) == 0)
    _ = try store.insert(bytes)
    #expect(try !store.quarantine(digest, file))
    #expect(try store.examine(digest) == .sound)
    #expect(!FileManager.default.fileExists(atPath: aside(digest)))
  }

  /// Whoever may not read a blob has not found it damaged.
  @Test func aMissingRightIsNoDamage() throws {
    guard Needed.ordinaryUser(for: "a blob that may not be read") else { return }
    let digest = try store.insert(bytes)
    #expect(chmod(data.blob(digest), 0) == 0)
    #expect(throws: StorageError.self) { try store.examine(digest) }
    #expect(try store.size(of: digest) != nil)
  }
}
