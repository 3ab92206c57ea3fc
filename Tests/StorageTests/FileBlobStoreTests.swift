import Foundation
import Simplestreams
import TestSupport
import Testing

@testable import Storage

/// What the file system shows of a blob.
@Suite struct FileBlobStoreTests {
  private let folder: TemporaryFolder
  private let data: DataFolder
  private let store: any BlobStore
  private let bytes = Array("some bytes\n".utf8)
  private var digest: SHA256Digest { SHA256Digest(hashing: bytes) }

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.path)
    try data.create()
    store = FileBlobStore(data)
  }

  private func incoming() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: data.incoming) }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  private func receive(_ bytes: [UInt8]) throws {
    let writer = try store.receive(SHA256Digest(hashing: bytes), size: Int64(bytes.count))
    try bytes.withUnsafeBytes { try writer.append($0) }
    try writer.finish()
  }

  @Test func aBlobIsAReadOnlyFileNamedByItsHash() throws {
    let path = "\(folder.path)/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)"
    try store.insert(bytes)
    #expect(FileManager.default.contents(atPath: path).map { Array($0) } == bytes)
    #expect(try mode(path) == 0o444)
    let received = Array("received\n".utf8)
    try receive(received)
    #expect(try mode(data.blob(SHA256Digest(hashing: received))) == 0o444)
  }

  @Test func leavesNothingInIncoming() throws {
    try store.insert(bytes)
    try store.insert(bytes)
    try receive(Array("received\n".utf8))
    #expect(try incoming().isEmpty)
  }

  @Test func wrongBytesLeaveNothingInIncoming() throws {
    let writer = try store.receive(digest, size: 3)
    try [1, 2, 3].withUnsafeBytes { (raw: UnsafeRawBufferPointer) in
      try writer.append(UnsafeRawBufferPointer(rebasing: raw[..<3]))
    }
    #expect(throws: StorageError.self) { try writer.finish() }
    #expect(try incoming().isEmpty)
  }

  @Test func insertingAgainDoesNotWriteTheFileAgain() throws {
    try store.insert(bytes)
    let before = try FileManager.default.attributesOfItem(atPath: data.blob(digest))[.systemFileNumber] as? Int
    try store.insert(bytes)
    let after = try FileManager.default.attributesOfItem(atPath: data.blob(digest))[.systemFileNumber] as? Int
    #expect(before == after)
  }

  @Test func anEarlierPartialThatIsTooLongIsThrownAway() throws {
    try folder.write(bytes + bytes, "incoming/\(digest.hex).part")
    let writer = try store.receive(digest, size: Int64(bytes.count))
    #expect(writer.position == 0)
    try bytes.withUnsafeBytes { try writer.append($0) }
    try writer.finish()
    #expect(try store.read(digest, limit: 100) == bytes)
  }

  @Test func aDamagedBlobIsNeverReadAsAWholeDocument() throws {
    try store.insert(bytes)
    let wrong = Array("soMe bytes\n".utf8)
    try FileManager.default.removeItem(atPath: data.blob(digest))
    try folder.write(wrong, "blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)")
    let error = StorageError.wrongHash(expected: digest, found: SHA256Digest(hashing: wrong))
    #expect(throws: error) { try store.read(digest, limit: 100) }
    #expect(throws: error) { try store.check(digest) }
  }

  @Test func readsNoMoreThanTheLimit() throws {
    try store.insert(bytes)
    #expect(throws: StorageError.self) { try store.read(digest, limit: bytes.count - 1) }
    #expect(try store.read(digest, limit: bytes.count) == bytes)
  }

  @Test func listsBlobsOnlyAndNoStrayFiles() throws {
    try store.insert(bytes)
    try folder.write("stray", "blobs/sha256/\(digest.hex.prefix(2))/README")
    try folder.write("stray", "incoming/\(digest.hex).part")
    var found: [SHA256Digest] = []
    try store.forEach { digest, _ throws(StorageError) in found.append(digest) }
    #expect(found == [digest])
  }
}
