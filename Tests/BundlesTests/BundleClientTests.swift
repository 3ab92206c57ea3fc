import Simplestreams
import Storage
import TestSupport
import Testing
import Transfer

@testable import Bundles

/// What `HTTPClient` demands, of a medium.
@Suite struct BundleClientTests {
  private static let size = 600_000
  private let folder: TemporaryFolder
  private let bytes = [UInt8]((0..<Self.size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
  private let client: BundleClient
  private let url: RemoteURL

  init() throws {
    folder = try TemporaryFolder()
    try DataFolder(root: folder.path).create()
    let bundle = BundleFolder(folder.path)
    let digest = try bundle.blobs.insert(bytes)
    let path = try TreePath(item: "noble/amd64/1:2+3/squashfs")
    let item = Snapshot.Item(
      contentID: "c", product: "p", version: "1", item: "squashfs", path: path, sha256: digest, size: Int64(bytes.count)
    )
    client = BundleClient(
      bundle, Snapshot(source: "stable", sequence: 1, created: 0, documents: [], items: [item], missing: []))
    url = client.root.appending(path)
  }

  private func get(resumeAt: Int64 = 0, limit: Int = Self.size, expecting: Int64? = nil) async throws -> (
    head: ResponseHead, bytes: [UInt8]
  ) {
    let sink = MemorySink(limit: Self.size)
    // As much is held as is to be resumed behind.
    try sink.begin(ResponseHead(status: 200))
    try bytes[..<min(Int(resumeAt), bytes.count)].withUnsafeBytes { try sink.receive($0) }
    let request = TransferRequest(url: url, resumeAt: resumeAt, byteLimit: Int64(limit), expectedLength: expecting)
    return (try await client.get(request, into: sink), sink.bytes)
  }

  @Test func deliversAFileWholeAndFromWhereItWasInterrupted() async throws {
    let whole = try await get()
    #expect(whole.bytes == bytes && whole.head.status == 200 && whole.head.length == Int64(bytes.count))
    let rest = try await get(resumeAt: 400_001, expecting: Int64(bytes.count))
    #expect(rest.bytes == bytes && rest.head.status == 206 && rest.head.startsAt == 400_001)
    let nothing = try await get(resumeAt: Int64(bytes.count))
    #expect(nothing.bytes == bytes)
  }

  @Test func startsOverWhereMoreIsHeldThanThereIs() async throws {
    let more = try await get(resumeAt: Int64(bytes.count) + 1)
    #expect(more.bytes == bytes && more.head.status == 200 && more.head.startsAt == 0)
  }

  @Test func refusesWhatIsLongerThanItMayBeOrAnother() async throws {
    await #expect(throws: TransferError.tooLong(url, limit: 599_999)) { try await get(limit: 599_999) }
    await #expect(throws: TransferError.wrongLength(url, expected: 599_999, actual: 600_000)) {
      try await get(expecting: 599_999)
    }
  }

  @Test func whatIsNotCarriedIsAbsent() async throws {
    let other = client.root.appending(try TreePath(item: "noble/other"))
    await #expect(throws: TransferError.notCarried(other)) {
      try await client.get(TransferRequest(url: other, byteLimit: 1), into: MemorySink(limit: 1))
    }
    try BundleFolder(folder.path).blobs.remove(SHA256Digest(hashing: bytes))
    await #expect(throws: TransferError.notCarried(url)) { try await get() }
  }

  @Test func whatTheSinkThrowsComesOutUnchanged() async throws {
    await #expect(throws: MemorySink.Refusal.full(limit: 10)) {
      try await client.get(TransferRequest(url: url, byteLimit: 1_000_000), into: MemorySink(limit: 10))
    }
  }

  @Test func stopsWhereItsTaskIsCancelled() async throws {
    let (client, url) = (client, url)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await client.get(TransferRequest(url: url, byteLimit: 1_000_000), into: MemorySink(limit: 1_000_000))
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
