import Dispatch
import Glibc

/// SIGTERM and SIGINT as something to wait for.
final class StopSignal: Sendable {
  private let stream: AsyncStream<Void>
  private let sources: Sources

  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    self.stream = stream
    sources = Sources(
      all: [SIGTERM, SIGINT].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { continuation.yield() }
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
