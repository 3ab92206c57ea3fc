/// Tries again what another client failed to fetch, from where the sink stands. Where the body is there in its expected length
/// and only its connection ended badly, nothing is left to be fetched: the error goes to the caller, who may know the hash.
package struct RetryingClient: HTTPClient {
  package typealias Notice =
    @Sendable (_ url: RemoteURL, _ attempt: Int, _ error: TransferError, _ delay: Duration) -> Void

  private let base: any HTTPClient
  private let policy: RetryPolicy
  private let sleep: @Sendable (Duration) async throws -> Void
  private let random: @Sendable () -> Double
  private let onRetry: Notice?

  /// - Parameters:
  ///   - random: 0 to 1.
  ///   - onRetry: told before each wait, with the number of the try that failed.
  package init(
    _ base: any HTTPClient, policy: RetryPolicy = RetryPolicy(),
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
    onRetry: Notice? = nil
  ) {
    self.base = base
    self.policy = policy
    self.sleep = sleep
    self.random = random
    self.onRetry = onRetry
  }

  package func get(_ request: TransferRequest, into sink: any BodySink) async throws -> ResponseHead {
    var request = request
    var count = RetryCount(startingAt: request.resumeAt)
    var mayResume = true
    var tries = 0
    let witness = VersionWitness(sink)
    while true {
      do {
        return try await base.get(request, into: witness)
      } catch let error as TransferError {
        if error.isBadEnding, request.isWhole(at: sink.position) { throw error }
        tries += 1
        count.fail(at: sink.position, minimumProgress: policy.minimumProgress)
        let delay: Duration
        switch policy.decide(error, attempt: count.failures, jitter: random()) {
        case .giveUp: throw error
        case .startOver:
          if !mayResume { throw error }
          mayResume = false
          delay = .zero
        case .resume(let wait): delay = wait
        }
        request.resumeAt = mayResume && !request.acceptsEncoding ? sink.position : 0
        request.resumesVersion = witness.version ?? request.resumesVersion
        onRetry?(request.url, tries, error, delay)
        if delay > .zero { try await sleep(delay) }
      }
    }
  }
}
