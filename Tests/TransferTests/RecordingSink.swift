import Synchronization

@testable import Transfer

/// Keeps what it is given, and how.
final class RecordingSink: BodySink {
  struct Broken: Error, Equatable {}

  struct Record: Sendable {
    var bytes: [UInt8] = []
    var heads: [ResponseHead] = []
    /// All bytes ever received, those forgotten by a new start included.
    var received = 0
  }

  private let record: Mutex<Record>
  private let breaksAt: Int
  private let onBytes: @Sendable () -> Void

  init(
    holding bytes: [UInt8] = [], breaksAt: Int = .max, onBytes: @escaping @Sendable () -> Void = {}
  ) {
    record = Mutex(Record(bytes: bytes))
    self.breaksAt = breaksAt
    self.onBytes = onBytes
  }

  var seen: Record { record.withLock { $0 } }
  var position: Int64 { record.withLock { Int64($0.bytes.count) } }

  func begin(_ head: ResponseHead) throws {
    record.withLock { record in
      record.heads.append(head)
      record.bytes.removeSubrange(min(Int(head.startsAt), record.bytes.count)...)
    }
  }

  func receive(_ bytes: UnsafeRawBufferPointer) throws {
    let count = record.withLock { record in
      record.bytes.append(contentsOf: bytes)
      record.received += bytes.count
      return record.bytes.count
    }
    onBytes()
    if count >= breaksAt { throw Broken() }
  }
}

/// Bytes in which every offset can be told from its neighbours.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

func client() -> CurlClient { client { _ in } }

func client(_ change: (inout CurlClient.Options) throws -> Void) rethrows -> CurlClient {
  var options = CurlClient.Options(userAgent: "transfer-tests")
  try change(&options)
  return CurlClient(options)
}
