import Simplestreams
package import Storage
import Synchronization
package import Transfer

/// Reads one source out of a bundle as if it were asked of a server, so that a bundle is trusted no more than that: whatever holds
/// for what comes over the network holds for what is carried.
package struct BundleClient: HTTPClient {
  package let root: RemoteURL
  private let blobs: FileBlobStore
  private let files: [String: SHA256Digest]

  package init(_ folder: BundleFolder, _ snapshot: Snapshot) {
    let root = RemoteURL(bundle: folder.path, source: snapshot.source)
    let listed = snapshot.items.map { ($0.path, $0.sha256) }
    let documents = snapshot.documents.flatMap(\.received).map { ($0.path, $0.sha256) }
    self.root = root
    blobs = folder.blobs
    files = Dictionary((documents + listed).map { (root.appending($0).path, $1) }) { first, _ in first }
  }

  package func get(_ request: TransferRequest, into sink: any BodySink) async throws -> ResponseHead {
    let url = request.url
    guard let digest = files[url.path] else { throw TransferError.notCarried(url) }
    let (file, size) = try await opened(digest, url)
    if let expected = request.expectedLength, size != expected {
      throw TransferError.wrongLength(url, expected: expected, actual: size)
    }
    if size > request.byteLimit { throw TransferError.tooLong(url, limit: request.byteLimit) }
    let start = request.resumeAt <= size ? request.resumeAt : 0
    let head = ResponseHead(status: start > 0 ? 206 : 200, startsAt: start, length: size)
    try sink.begin(head)
    let isCancelled = Flag()
    try await withTaskCancellationHandler {
      try await BlockingPool.run { try Self.hand(on: file, start..<size, url, sink, isCancelled) }
    } onCancel: {
      isCancelled.raise()
    }
    return head
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .relaxed) }
    func raise() { value.store(true, ordering: .relaxed) }
  }

  private func opened(_ digest: SHA256Digest, _ url: RemoteURL) async throws -> (OpenFile, Int64) {
    try await BlockingPool.run { [blobs] in
      do throws(StorageError) {
        let file = try blobs.open(digest)
        return (file, try file.size())
      } catch .missingBlob {
        throw TransferError.notCarried(url)
      } catch {
        throw TransferError.unreadable(url, detail: error.reason)
      }
    }
  }

  /// What the medium refuses is told as that; what the sink throws, as it is.
  private static func hand(
    on file: OpenFile, _ range: Range<Int64>, _ url: RemoteURL, _ sink: any BodySink, _ isCancelled: Flag
  ) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(min(pieceLength, max(1, Int64(range.count)))), alignment: 4096)
    defer { buffer.deallocate() }
    var position = range.lowerBound
    while position < range.upperBound {
      if isCancelled.isRaised { throw CancellationError() }
      let piece = UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<min(buffer.count, Int(range.upperBound - position))])
      let count: Int
      do throws(StorageError) {
        count = try file.read(at: position, into: piece)
      } catch {
        throw TransferError.unreadable(url, detail: error.reason)
      }
      if count == 0 { throw TransferError.truncated(url, received: position, expected: range.upperBound) }
      try sink.receive(UnsafeRawBufferPointer(rebasing: piece[..<count]))
      position += Int64(count)
    }
  }

  private static let pieceLength: Int64 = 128 << 10
}

extension StorageError {
  /// The system's text alone, where there is one.
  fileprivate var reason: String {
    if case .system(_, _, let reason, _) = self { reason } else { description }
  }
}
