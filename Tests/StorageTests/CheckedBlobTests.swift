import Foundation
import Simplestreams
import TestSupport
import Testing

@testable import Storage

@Suite struct CheckedBlobTests {
  private let folder: TemporaryFolder
  private let store: FileBlobStore
  private let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }

  init() throws {
    folder = try TemporaryFolder()
    let data = DataFolder(root: folder.path)
    try data.create()
    store = FileBlobStore(data)
  }

  private func whole(_ blob: CheckedBlob, by length: Int) throws -> [UInt8] {
    var (all, piece) = ([UInt8](), [UInt8](repeating: 0, count: length))
    while true {
      let count = try piece.withUnsafeMutableBytes { try blob.read(at: all.count, into: $0) }
      all += piece[..<count]
      if count < length { return all }
    }
  }

  /// Also where a piece ends with the blob, and as often as it is asked for.
  @Test(arguments: [1_000, 65_536, 100_000, 200_000, 300_000])
  func givesWhatItsNameSays(length: Int) throws {
    let blob = try CheckedBlob(store.insert(bytes), in: store)
    #expect(blob.count == bytes.count)
    #expect(try whole(blob, by: length) == bytes)
    #expect(try whole(blob, by: length) == bytes)
  }

  @Test func theEmptyBlobIsWhatItsNameSays() throws {
    #expect(try whole(try CheckedBlob(store.insert([]), in: store), by: 10) == [])
  }

  @Test(arguments: [0, 199_999])
  func refusesTheLastPieceOfADamagedBlob(place: Int) throws {
    let digest = try store.insert(bytes)
    var damaged = bytes
    damaged[place] ^= 1
    let path = store.folder.blob(digest)
    #expect(chmod(path, 0o600) == 0)
    try Data(damaged).write(to: URL(fileURLWithPath: path))
    let error = StorageError.wrongHash(expected: digest, found: SHA256Digest(hashing: damaged))
    #expect(throws: error) { try whole(try CheckedBlob(digest, in: store), by: 65_536) }
  }

  @Test func refusesTheLastPieceOfAShortenedBlob() throws {
    let digest = try store.insert(bytes)
    let blob = try CheckedBlob(digest, in: store)
    #expect(chmod(store.folder.blob(digest), 0o600) == 0)
    #expect(truncate(store.folder.blob(digest), 100_000) == 0)
    let error = StorageError.wrongHash(expected: digest, found: SHA256Digest(hashing: bytes.prefix(100_000)))
    #expect(throws: error) { try whole(blob, by: 65_536) }
  }
}
