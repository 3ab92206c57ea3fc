import CCurl
import Synchronization

/// An HTTP client on libcurl: connections are reused, and all transfers of a thread share one poll.
package final class CurlClient: HTTPClient {
  private let loops: [CurlLoop]
  private let options: Options
  private let rate: RateLimit?

  /// curl's process-wide state. It is set up once and never torn down, as threads may still use it at exit.
  private static let curlIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  package init(_ options: Options) {
    precondition(Self.curlIsReady, "libcurl cannot be initialised")
    let threads = max(1, min(options.threads, options.connections))
    let rate = options.rateLimit.map { RateLimit(bytesPerSecond: $0) }
    self.rate = rate
    self.options = options
    loops = (0..<threads).map { index in
      // The first threads take what does not divide evenly.
      let connections = (max(1, options.connections) + threads - 1 - index) / threads
      return CurlLoop(connections: connections, options: options, rate: rate)
    }
    for loop in loops { loop.start() }
  }

  deinit {
    // Without waiting: the last reference may be dropped anywhere.
    for loop in loops { loop.stop() }
  }

  /// Cancels what is under way and waits for the threads to end. Later requests throw `CancellationError`.
  package func close() {
    for loop in loops { loop.stop() }
    for loop in loops { loop.join() }
  }

  package func get(_ request: TransferRequest, into sink: any BodySink) async throws -> ResponseHead {
    try Task.checkCancellation()
    let cancellation = CancellationFlag()
    let loop = leastLoaded
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        loop.submit(
          CurlTransfer(
            request, into: sink, options: options, rate: rate, cancellation: cancellation,
            continuation: continuation))
        // The handler may have come before the transfer did, and been told about nothing.
        if cancellation.isSet { loop.noticeCancellation() }
      }
    } onCancel: {
      cancellation.set()
      loop.noticeCancellation()
    }
  }

  private var leastLoaded: CurlLoop {
    loops.min { $0.load.load(ordering: .relaxed) < $1.load.load(ordering: .relaxed) } ?? loops[0]
  }
}
