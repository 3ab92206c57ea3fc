import TestSupport
import Testing

@testable import Transfer

@Suite struct PaceTests {
  private let start = ContinuousClock().now

  @Test func aBytePerSecondIsFoundOutAfterOneWindow() {
    var pace = PaceWatch(bytesPerSecond: 1000, window: .seconds(30))
    let verdicts = (0...30).map { pace.isTooSlow(received: Int64($0), at: start + .seconds($0)) }
    #expect(verdicts.firstIndex(of: true) == 30)
  }

  /// A look at the last few seconds alone would be content with a burst every half minute.
  @Test func aBurstNowAndThenIsNoPace() {
    var pace = PaceWatch(bytesPerSecond: 1000, window: .seconds(30))
    var received: Int64 = 0
    let verdicts = (0...60).map { second in
      if second % 29 == 0 { received += 6000 }
      return pace.isTooSlow(received: received, at: start + .seconds(second))
    }
    #expect(verdicts.contains(true))
  }

  @Test func aSlowLineIsGoodEnough() {
    var pace = PaceWatch(bytesPerSecond: 1000, window: .seconds(30))
    let verdicts = (0...300).map { pace.isTooSlow(received: Int64($0) * 1001, at: start + .seconds($0)) }
    #expect(!verdicts.contains(true))
  }

  @Test func aWaitOfOursIsNotHeldAgainstThePeer() {
    var pace = PaceWatch(bytesPerSecond: 1000, window: .seconds(30))
    var verdicts: [Bool] = []
    for second in 0...90 {
      if second % 20 == 0 { pace.pause() }
      verdicts.append(pace.isTooSlow(received: 0, at: start + .seconds(second)))
    }
    #expect(!verdicts.contains(true))
  }

  @Test func withoutALeastRateAnythingWillDo() {
    var pace = PaceWatch(bytesPerSecond: 0, window: .seconds(1))
    let verdicts = (0...10).map { pace.isTooSlow(received: 0, at: start + .seconds($0)) }
    #expect(!verdicts.contains(true))
  }

  /// Never silent for a second, so that a limit on silence alone would wait for ever.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Slow: "])
  func endsADrip(head: String) async throws {
    let server = try ScriptedServer { _, _ in [.send(head), .drip("x", milliseconds: 200)] }
    let url = try server.url("/")
    await #expect(throws: TransferError.stalled(url, seconds: 2)) {
      try await client { $0.stallSeconds = 2 }.get(TransferRequest(url: url, byteLimit: 100_000), into: RecordingSink())
    }
  }

  @Test(.timeLimit(.minutes(1))) func endsWhatTakesLongerThanItMay() async throws {
    let server = try ScriptedServer { _, _ in
      [.send("HTTP/1.1 200 OK\r\n\r\n"), .drip(String(repeating: "x", count: 1000), milliseconds: 100)]
    }
    let url = try server.url("/")
    await #expect(throws: TransferError.overdue(url, seconds: 1)) {
      try await client().get(TransferRequest(url: url, byteLimit: 1 << 20, timeLimit: 1), into: RecordingSink())
    }
  }
}
