import TestSupport
import Testing

@testable import Transfer

@Suite struct RateTests {
  @Test func debtIsPaidOffByWaiting() {
    let start = ContinuousClock().now
    var budget = RateBudget(bytesPerSecond: 1000, at: start)
    let taken = [0, 2, 3].map { budget.take(3000, at: start + .seconds($0)) }
    #expect(taken == [true, false, true])
    let pause = budget.pause(at: start + .seconds(5))
    #expect(pause == .seconds(1))
  }

  @Test func anIdleHourBuysATenthOfASecond() {
    let later = ContinuousClock().now + .seconds(3600)
    var budget = RateBudget(bytesPerSecond: 1000, at: later - .seconds(3600))
    let isTaken = budget.take(600, at: later)
    let pause = budget.pause(at: later)
    #expect(isTaken && pause == .milliseconds(500))
  }

  @Test(.timeLimit(.minutes(1)), arguments: [(1, 400_000), (8, 50_000)])
  func holdsOneLargeFileAndManySmallOnesToTheLimit(files: Int, length: Int) async throws {
    let server = try ScriptedServer { _, _ in .answer("200 OK", body: pattern(length)) }
    let limited = client { ($0.rateLimit, $0.connections) = (200_000, 2) }
    let url = try server.url("/")
    let elapsed = try await ContinuousClock().measure {
      try await withThrowingTaskGroup { group in
        for _ in 1...files {
          group.addTask {
            let sink = RecordingSink()
            _ = try await limited.get(TransferRequest(url: url, byteLimit: 1 << 20), into: sink)
            #expect(sink.seen.bytes == pattern(length))
          }
        }
        try await group.waitForAll()
      }
    }
    // 400,000 bytes at 200,000 a second, less the tenth of a second that may be saved up and one piece of debt.
    #expect(elapsed > .milliseconds(1_800))
  }
}
