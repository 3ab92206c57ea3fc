import Simplestreams
import Synchronization
import Transfer

/// How large the documents of one pass may be together: as bytes, and as what they become when they are read. They are in memory
/// all at once. The full stable stream has less than 2 MB.
final class DocumentBudget: Sendable {
  static let limit: Int64 = 64 << 20
  private let source: String
  private let left = Mutex(limit)
  private let reading = Mutex(ReadingBudget())

  init(source: String) { self.source = source }

  /// Reads one document after the other, though many arrive at a time: what is left for one is known when the others are read.
  func read<Document: Sendable>(
    _ body: (inout ReadingBudget) throws(DocumentError) -> Document
  ) throws(DocumentError) -> Document {
    try reading.withLock { budget throws(DocumentError) in try body(&budget) }
  }

  fileprivate func take(_ count: Int) throws {
    try left.withLock { left in
      guard Int64(count) <= left else { throw MirrorError.tooManyBytes(source: source, limit: Self.limit) }
      left -= Int64(count)
    }
  }

  fileprivate func giveBack(_ count: Int) { left.withLock { $0 += Int64(count) } }
}

/// Keeps a document in memory, within the budget of its pass.
final class DocumentSink: BodySink {
  private let sink: MemorySink
  private let budget: DocumentBudget

  init(limit: Int64, budget: DocumentBudget) {
    sink = MemorySink(limit: Int(limit))
    self.budget = budget
  }

  var bytes: [UInt8] { sink.bytes }
  var position: Int64 { sink.position }

  func begin(_ head: ResponseHead) throws {
    let before = sink.bytes.count
    try sink.begin(head)
    budget.giveBack(before - sink.bytes.count)
  }

  func receive(_ bytes: UnsafeRawBufferPointer) throws {
    try budget.take(bytes.count)
    try sink.receive(bytes)
  }
}
