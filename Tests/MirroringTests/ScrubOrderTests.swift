import Simplestreams
import Testing

@testable import Mirroring

@Suite struct ScrubOrderTests {
  private func order(_ times: [Int64?], now: Int64 = 1000) -> [Int64?] {
    let blobs = times.enumerated().map { number, time in
      ScrubOrder.Blob(digest: SampleStore.digest("\(number)"), size: 1, checked: time)
    }
    return ScrubOrder.sorted(blobs, now: now).map(\.checked)
  }

  @Test func beginsWithWhatWasNeverChecked() { #expect(order([300, nil, 100, 200]) == [nil, 100, 200, 300]) }

  @Test func aCheckInTheFutureSaysNothing() { #expect(order([300, 5000, 100]) == [5000, 100, 300]) }

  @Test(
    arguments: [
      (nil, nil, 10, 1000, 5, true), (10, nil, 9, 0, 1, true), (10, nil, 10, 0, 1, false), (10, nil, 99, 0, 0, true),
      (nil, 100, 0, 50, 1, true), (nil, 100, 0, 51, 1, false), (nil, 10, 0, 0, 0, true), (5, 100, 6, 0, 1, false),
    ] as [(Int64?, Int64?, Int64, Int64, Int, Bool)])
  func aBudgetEndsTheReadingButNeverBeforeTheFirst(
    seconds: Int64?, bytes: Int64?, elapsed: Int64, read: Int64, count: Int, isAllowed: Bool
  ) {
    let budget = ScrubBudget(seconds: seconds, bytes: bytes)
    #expect(budget.allows(50, after: .seconds(elapsed), read: read, count: count) == isAllowed)
  }
}
