import Synchronization

/// What a scrape shows and what takes a disk to know: looked up beside the event loops, every 15 seconds.
final class MetricsSampler: Sendable {
  struct Sample: Sendable {
    var process = ProcessFacts()
    /// `nil` where it cannot be read.
    var sources: [SourceHealth]?
  }

  static let interval: Int64 = 15

  private let sources: Mutex<@Sendable () -> [SourceHealth]?>
  private let state = Mutex(Sample())

  init(sources: @escaping @Sendable () -> [SourceHealth]?) { self.sources = Mutex(sources) }

  var sample: Sample { state.withLock { $0 } }

  func read(from other: @escaping @Sendable () -> [SourceHealth]?) { sources.withLock { $0 = other } }

  /// Blocks on the disk.
  func look() {
    let read = sources.withLock { $0 }
    let sample = Sample(process: .read(), sources: read())
    state.withLock { $0 = sample }
  }
}
