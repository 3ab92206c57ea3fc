import Testing

@testable import Transfer

@Suite struct RetryPolicyTests {
  private let url = try? RemoteURL("https://a.example/x")
  private let policy = RetryPolicy()

  @Test func doublesTheDelayUpToItsMaximum() throws {
    let policy = RetryPolicy(attempts: 100)
    let delays = try [1, 2, 3, 7, 60].map { try policy.decide(.unresolved(#require(url)), attempt: $0, jitter: 1) }
    #expect(delays == [1, 2, 4, 60, 60].map { .resume(after: .seconds($0)) })
  }

  @Test func takesTheJitterOverTheWholeDelay() throws {
    let error = TransferError.stalled(try #require(url), seconds: 1)
    #expect(policy.decide(error, attempt: 3, jitter: 0) == .resume(after: .zero))
    #expect(policy.decide(error, attempt: 3, jitter: 0.5) == .resume(after: .seconds(2)))
  }

  @Test func givesUpAfterItsAttempts() throws {
    let error = TransferError.stalled(try #require(url), seconds: 1)
    #expect(policy.decide(error, attempt: 4, jitter: 0) != .giveUp)
    #expect(policy.decide(error, attempt: 5, jitter: 0) == .giveUp)
  }

  @Test func waitsAsLongAsTheServerAsksButNotForEver() throws {
    let url = try #require(url)
    let short = TransferError.status(url, code: 503, retryAfter: 300)
    let long = TransferError.status(url, code: 503, retryAfter: 301)
    #expect(policy.decide(short, attempt: 1, jitter: 0) == .resume(after: .seconds(300)))
    #expect(policy.decide(long, attempt: 1, jitter: 0) == .giveUp)
  }

  @Test(arguments: [408, 429, 500, 502, 503, 504])
  func triesTransientStatusesAgain(code: Int) throws {
    let error = TransferError.status(try #require(url), code: code, retryAfter: nil)
    #expect(policy.decide(error, attempt: 1, jitter: 1) == .resume(after: .seconds(1)))
  }

  @Test func neverTriesAgainWhatWouldNotChange() throws {
    let url = try #require(url)
    let errors: [TransferError] = [
      .untrustedCertificate(url, detail: ""), .tooLong(url, limit: 1), .wrongLength(url, expected: 1, actual: 2),
      .redirectRefused(url, target: "", .notHTTP), .overdue(url, seconds: 1), .tooManyRedirects(url, limit: 1),
      .unexpectedEncoding(url, encoding: "br"),
      .proxyRefused(url, code: 407), .malformed(url, detail: ""), .badCertificateAuthorities(path: ""),
    ]
    let statuses = [400, 401, 403, 404, 410, 304].map { TransferError.status(url, code: $0, retryAfter: nil) }
    for error in errors + statuses { #expect(policy.decide(error, attempt: 1, jitter: 0) == .giveUp) }
  }

  @Test func startsOverWhereTheServerCannotContinue() throws {
    let url = try #require(url)
    #expect(policy.decide(.rangeRefused(url, at: 5), attempt: 1, jitter: 1) == .startOver)
    #expect(policy.decide(.wrongRange(url, asked: 5, answered: 0), attempt: 1, jitter: 1) == .startOver)
  }

  @Test func progressHalvesTheCountOfFailures() {
    var count = RetryCount(startingAt: 0)
    for _ in 1...4 { count.fail(at: 0, minimumProgress: 100) }
    count.fail(at: 100, minimumProgress: 100)
    #expect(count.failures == 2)
    for step in 2...50 { count.fail(at: Int64(step) * 100, minimumProgress: 100) }
    #expect(count.failures == 1)
  }

  @Test func aByteAtATimeIsNotProgress() {
    var count = RetryCount(startingAt: 0)
    for step in 1...5 { count.fail(at: Int64(step), minimumProgress: 100) }
    #expect(count.failures == 5)
  }
}
