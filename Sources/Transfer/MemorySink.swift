import Synchronization

/// Keeps a body in memory: for documents.
package final class MemorySink: BodySink {
  private let limit: Int
  private let held = Mutex<[UInt8]>([])

  package init(limit: Int) {
    self.limit = limit
  }

  package var bytes: [UInt8] { held.withLock { $0 } }

  /// Always 0: a document can change between two tries, and two halves of different ones must never meet.
  package var position: Int64 { 0 }

  package func begin(_ head: ResponseHead) throws {
    try held.withLock { bytes in
      guard head.startsAt <= bytes.count else { throw Refusal.gap }
      bytes.removeSubrange(Int(head.startsAt)...)
      if let length = head.length, length <= limit { bytes.reserveCapacity(Int(length)) }
    }
  }

  package func receive(_ chunk: UnsafeRawBufferPointer) throws {
    try held.withLock { bytes in
      guard chunk.count <= limit - bytes.count else { throw Refusal.full(limit: limit) }
      bytes.append(contentsOf: chunk)
    }
  }

  package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    case gap
    case full(limit: Int)

    package var description: String {
      switch self {
      case .gap: "the body does not continue where the bytes in memory end"
      case .full(let limit): "the body is longer than the \(limit) bytes that are kept in memory"
      }
    }
  }
}
