import Foundation
import NIOCore
import Simplestreams
import Storage
import Testing

@testable import Serving

/// Large documents are in memory: once, checked, and within a budget.
@Suite struct DocumentShelfTests {
  private static let size = 100_000
  private struct Unread: Error {}

  private static func digest(_ number: Int) -> SHA256Digest { SHA256Digest(hashing: Array("\(number)".utf8)) }

  private func put(_ number: Int, on shelf: DocumentShelf) -> DocumentShelf.Document? {
    shelf.document(Self.digest(number), size: Int64(Self.size)) {
      ByteBuffer(repeating: UInt8(number), count: Self.size)
    }
  }

  private func find(_ number: Int, on shelf: DocumentShelf) -> DocumentShelf.Document? {
    shelf.find(Self.digest(number), size: Int64(Self.size))
  }

  @Test func oneIsReadOnceAndSharedByAll() throws {
    let shelf = DocumentShelf()
    let first = try #require(put(1, on: shelf))
    let second = try #require(try shelf.document(Self.digest(1), size: Int64(Self.size)) { throw Unread() })
    #expect(first === second && shelf.weight == Self.size)
    #expect(shelf.find(Self.digest(1), size: 7) == nil)
  }

  @Test func thoseAskedForLastStay() throws {
    let shelf = DocumentShelf(limit: 2 * Self.size)
    for number in [1, 2, 1, 3] { #expect(put(number, on: shelf) != nil) }
    #expect(find(1, on: shelf) != nil && find(2, on: shelf) == nil && find(3, on: shelf) != nil)
    #expect(shelf.weight == 2 * Self.size)
  }

  /// Else a thousand slow readers of documents that take turns on the shelf would hold a thousand of them.
  @Test func whatIsBeingSentCountsAndIsNotReadTwice() throws {
    let shelf = DocumentShelf(limit: 2 * Self.size)
    var sending = [1, 2].map { put($0, on: shelf) }
    #expect(put(3, on: shelf) == nil)
    #expect(try shelf.document(Self.digest(1), size: Int64(Self.size)) { throw Unread() } === sending[0])
    sending.removeLast()
    #expect(put(3, on: shelf) != nil && find(2, on: shelf) == nil)
    #expect(shelf.weight == 2 * Self.size)
  }

  @Test func whatCannotBeReadLeavesNothingBehind() {
    let shelf = DocumentShelf()
    #expect(throws: Unread.self) { try shelf.document(Self.digest(1), size: 9) { throw Unread() } }
    #expect(shelf.weight == 0 && find(1, on: shelf) == nil)
  }

  /// The file is cut short behind the first request: whoever comes later gets the document all the same.
  @Test func aLargeDocumentIsServedFromMemory() async throws {
    let names = (1...5000).map { "noble/amd64/20260101/file-\($0)" }
    try await LiveServer.run(items: Dictionary(names.map { ($0, [7]) }) { first, _ in first }) { live in
      let document = Array(names.sorted().joined(separator: "\n").utf8)
      let target = "\(LiveServer.base)/streams/v1/index.sjson"
      #expect(document.count > BlobContent.limit)
      #expect(try RawClient(port: live.port).get(target).body == document)
      let path = live.data.blob(SHA256Digest(hashing: document))
      #expect(chmod(path, 0o644) == 0 && truncate(path, 10) == 0)
      let client = try RawClient(port: live.port)
      #expect(try client.get(target).body == document)
      let part = try client.get(target, ["Range: bytes=70000-70009"])
      #expect(part.status == 206 && part.body == Array(document[70_000..<70_010]))
    }
  }

  @Test func aLargeDocumentThatIsNotWhatItsNameSaysIsRefused() throws {
    let store = try TestStore()
    let bytes = [UInt8](repeating: 7, count: Self.size)
    let digest = try store.blobs.insert(bytes)
    let path = store.folder.blob(digest)
    #expect(chmod(path, 0o644) == 0)
    try Data([UInt8](repeating: 8, count: Self.size)).write(to: URL(fileURLWithPath: path))
    #expect(throws: StorageError.self) {
      try BlobContent(digest, size: Int64(Self.size), in: store.blobs, on: DocumentShelf())
    }
  }

  /// The longest is sent as an image is, and so is one for which there is no room.
  @Test(arguments: [(5 << 20, 16 << 20), (100_000, 99_999)])
  func whatTheShelfDoesNotTakeIsSentFromItsFile(size: Int, limit: Int) throws {
    let store = try TestStore()
    let digest = try store.blobs.insert([UInt8](repeating: 7, count: size))
    let content = try BlobContent(digest, size: Int64(size), in: store.blobs, on: DocumentShelf(limit: limit))
    guard case .file = content else { return #expect(Bool(false), "\(content)") }
  }
}
