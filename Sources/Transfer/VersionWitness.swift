import Synchronization

/// Notes which version of a file its bytes are of, on their way to the sink: a file that changes between two tries must
/// not be put together from both.
final class VersionWitness: BodySink {
  private let sink: any BodySink
  private let seen = Mutex<Validators?>(nil)

  init(_ sink: any BodySink) { self.sink = sink }

  /// `nil` before the first body.
  var version: Validators? { seen.withLock { $0 } }
  var position: Int64 { sink.position }

  func begin(_ head: ResponseHead) throws {
    try sink.begin(head)
    seen.withLock { $0 = head.validators }
  }

  func receive(_ bytes: UnsafeRawBufferPointer) throws { try sink.receive(bytes) }
}
