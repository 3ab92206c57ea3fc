import Dispatch
import Glibc
import Synchronization

/// SIGTERM and SIGINT as something to wait for.
final class StopSignal: Sendable {
  private let stream: AsyncStream<Void>
  private let sources: Sources
  private let flag: Flag

  private final class Flag: Sendable { let isSet = Atomic<Bool>(false) }

  /// Whether it came.
  var isSet: Bool { flag.isSet.load(ordering: .acquiring) }

  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let flag = Flag()
    self.stream = stream
    self.flag = flag
    sources = Sources(
      all: [SIGTERM, SIGINT].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
          flag.isSet.store(true, ordering: .releasing)
          continuation.yield()
        }
        source.resume()
        return source
      })
  }

  /// `@unchecked Sendable`: only held, never touched again.
  private struct Sources: @unchecked Sendable {
    let all: [any DispatchSourceSignal]
  }

  func wait() async {
    for await _ in stream { return }
  }
}
