import Foundation
import NIOCore
import Simplestreams
import Storage
import Testing

@testable import Serving

@Suite struct RecentBlobsTests {
  private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
  private static let after = start + RecentBlobs.lifetime
  private let store: TestStore

  init() throws { store = try TestStore() }

  private func content(_ bytes: [UInt8]) throws -> (digest: SHA256Digest, content: BlobContent) {
    let digest = try store.blobs.insert(bytes)
    return (digest, try BlobContent(digest, size: Int64(bytes.count), in: store.blobs))
  }

  @Test(arguments: [10, 100_000])
  func keepsABlobForAWhile(count: Int) throws {
    let recent = RecentBlobs()
    let (digest, content) = try content([UInt8](repeating: 7, count: count))
    #expect(recent.find(digest, size: Int64(count), at: Self.start) == nil)
    #expect(recent.keep(content, as: digest, at: Self.start))
    #expect(recent.find(digest, size: Int64(count), at: Self.start) != nil)
    // The next that is kept needs nobody more to watch.
    #expect(!recent.keep(content, as: digest, at: Self.start))
    #expect(recent.find(digest, size: Int64(count), at: Self.after) == nil)
    #expect(!recent.expire(at: Self.after))
    #expect(recent.count == 0)
  }

  /// A tree that says another size, and a file that was cut short under the open descriptor.
  @Test func aBlobOfAnotherSizeIsOpenedAnew() throws {
    let recent = RecentBlobs()
    let (digest, content) = try content([UInt8](repeating: 7, count: 100_000))
    #expect(recent.keep(content, as: digest, at: Self.start))
    #expect(recent.find(digest, size: 99_999, at: Self.start) == nil)
    #expect(chmod(store.folder.blob(digest), 0o644) == 0 && truncate(store.folder.blob(digest), 50_000) == 0)
    #expect(recent.find(digest, size: 100_000, at: Self.start) == nil)
  }

  @Test func isBounded() throws {
    let recent = RecentBlobs()
    for number in 0..<600 {
      let (digest, content) = try content(Array("\(number)".utf8))
      _ = recent.keep(content, as: digest, at: Self.start)
    }
    #expect(recent.count == 512)
    let (digest, content) = try content(Array("one more".utf8))
    #expect(!recent.keep(content, as: digest, at: Self.after))
    #expect(recent.count == 1)
  }

  /// A small blob is in memory whole, so it is checked on the way.
  @Test func aSmallBlobThatIsNotWhatItsNameSaysIsRefused() throws {
    let (digest, _) = try content(Array("the right bytes".utf8))
    try FileManager.default.removeItem(atPath: store.folder.blob(digest))
    try Data("the wrong bytes".utf8).write(to: URL(fileURLWithPath: store.folder.blob(digest)))
    #expect(throws: StorageError.self) { try BlobContent(digest, size: 15, in: store.blobs) }
  }

  /// What was fetched is in memory, and nothing fails on a file that ends before the range.
  @Test func theKernelIsAskedWhatItHolds() throws {
    let (digest, _) = try content([UInt8](repeating: 7, count: 3 << 20))
    let file = try store.blobs.open(digest)
    PageCache.fetch(0..<(3 << 20), of: file.descriptor)
    #expect(PageCache.holds(0..<(3 << 20), of: file.descriptor))
    PageCache.fetch(0..<(9 << 20), of: file.descriptor)
  }
}
