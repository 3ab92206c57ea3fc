import Dispatch
import Glibc

/// What the operator or the service manager asks of a running service, in the order in which it is asked.
final class ServiceSignals: Sendable {
  enum Request: Sendable { case stop, reload }

  let requests: AsyncStream<Request>
  private let sources: Sources

  /// From now on a signal is a request, and ends nothing by itself.
  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Request.self)
    requests = stream
    sources = Sources(
      all: [(SIGTERM, Request.stop), (SIGINT, .stop), (SIGHUP, .reload)].map { number, request in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { continuation.yield(request) }
        source.resume()
        return source
      })
  }

  /// `@unchecked Sendable`: only held, never touched again.
  private struct Sources: @unchecked Sendable {
    let all: [any DispatchSourceSignal]
  }
}
