import Foundation
import Simplestreams
import TestSupport
import Testing

@testable import Storage

@Suite struct DataFolderTests {
  @Test func laysTheFolderOutAsTheDesignSays() throws {
    let folder = try TemporaryFolder()
    let data = DataFolder(root: folder.file("deep/down/data"))
    try data.create()
    try data.create()
    let made = try FileManager.default.contentsOfDirectory(atPath: data.root).sorted()
    #expect(made == ["blobs", "copies", "incoming", "publications", "snapshots"])
    let digest = SHA256Digest(hashing: [])
    #expect(data.blob(digest) == "\(data.root)/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)")
    #expect(data.snapshot(SnapshotID(digest)) == "\(data.root)/snapshots/\(digest.hex).json")
  }

  @Test func aSlashAtTheEndOfTheRootChangesNothing() {
    #expect(DataFolder(root: "/srv/mirror/") == DataFolder(root: "/srv/mirror"))
  }

  @Test func saysThatAFileStandsInTheWay() throws {
    let folder = try TemporaryFolder()
    try folder.write("", "file")
    let error = #expect(throws: StorageError.self) { try DataFolder(root: folder.file("file/data")).create() }
    guard case .system? = error else { return #expect(Bool(false), "\(String(describing: error))") }
  }

  @Test func knowsTheFreeSpaceOfAFolderThatIsNotMadeYet() throws {
    let folder = try TemporaryFolder()
    #expect(try FreeSpace.nearest(to: folder.file("a/b/c")) > 0)
    #expect(throws: StorageError.self) { try FreeSpace.bytes(at: folder.file("a/b/c")) }
  }

  @Test func movesAFileOutOfTheWayAndMindsNoMissingOne() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", "catalog.sqlite")
    try FileBlobStore.setAside(folder.file("catalog.sqlite"), as: folder.file("catalog.damaged"))
    try FileBlobStore.setAside(folder.file("catalog.sqlite"), as: folder.file("catalog.damaged"))
    #expect(FileManager.default.contents(atPath: folder.file("catalog.damaged")) == Data("x".utf8))
    #expect(!FileManager.default.fileExists(atPath: folder.file("catalog.sqlite")))
  }

  @Test func hashesAsSHA256Does() {
    let digest = SHA256Digest(hashing: Array("abc".utf8))
    #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(SHA256Digest(hashing: "abc".utf8.lazy.map { $0 }) == digest)
  }
}
