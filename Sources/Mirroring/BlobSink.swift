import Simplestreams
import Storage
import Synchronization
import Transfer

/// Lets a transfer write into the store.
///
/// `Sendable`: its parts are, and the transfer calls it from one thread at a time.
final class BlobSink: BodySink {
  let writer: any BlobWriter
  private let file: SyncProgress.File
  private let progress: SyncProgress
  private let isResumed: Atomic<Bool>

  init(_ writer: any BlobWriter, file: SyncProgress.File, progress: SyncProgress) {
    self.writer = writer
    self.file = file
    self.progress = progress
    isResumed = Atomic(writer.position > 0)
  }

  /// Whether the bytes are of several responses.
  var isPieced: Bool { isResumed.load(ordering: .relaxed) }

  var position: Int64 { writer.position }

  func begin(_ head: ResponseHead) throws {
    isResumed.store(head.startsAt > 0, ordering: .relaxed)
    guard head.startsAt == 0, writer.position > 0 else { return }
    progress.restart(file)
    try writer.restart()
  }

  func receive(_ bytes: UnsafeRawBufferPointer) throws {
    try writer.append(bytes)
    progress.add(Int64(bytes.count), to: file)
  }
}
