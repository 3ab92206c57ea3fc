import Testing

@testable import Serving

@Suite struct ConnectionClockTests {
  private static let second: UInt64 = 1_000_000_000

  /// Whether it is over just before, and just after.
  private func ends(_ clock: ConnectionClock, at seconds: UInt64) -> [Bool] {
    var clock = clock
    return [seconds * Self.second - 1, seconds * Self.second].map { time in
      clock.isOver(at: time, unsent: 1, taken: 0, limits: .init())
    }
  }

  @Test func aRestingConnectionHas75Seconds() {
    #expect(ends(ConnectionClock(at: 0), at: 75) == [false, true])
  }

  /// Later bytes of the same head do not prolong it.
  @Test func aHeadHas30SecondsFromItsFirstByte() {
    var clock = ConnectionClock(at: 0)
    clock.firstByte(at: 10 * Self.second)
    clock.firstByte(at: 35 * Self.second)
    #expect(ends(clock, at: 40) == [false, true])
  }

  private static func verdicts(_ looks: [(seconds: UInt64, unsent: Int, taken: Int64)], minRate: Int64) -> [Bool] {
    var limits = ServerLimits()
    limits.minRate = minRate
    var clock = ConnectionClock(at: 0)
    clock.begin(.reader, at: 0)
    return looks.map { clock.isOver(at: $0.seconds * second, unsent: $0.unsent, taken: $0.taken, limits: limits) }
  }

  @Test func aReaderHasAsLongAsItTakesBytes() {
    let looks: [(UInt64, Int, Int64)] = [(75, 500, 1), (150, 400, 2), (224, 300, 2), (225, 300, 2)]
    #expect(Self.verdicts(looks, minRate: 0) == [false, false, false, true])
  }

  /// One byte a minute would hold a connection and a file for ever.
  @Test func aReaderMustTakeTheLeastRate() {
    let looks: [(UInt64, Int, Int64)] = [(75, 500, 75_000), (150, 400, 150_000), (225, 300, 224_999)]
    #expect(Self.verdicts(looks, minRate: 1000) == [false, false, true])
  }

  /// A client that waits for a disk or for its share of the bandwidth is not at fault.
  @Test func aReaderThatHasNothingToTakeIsNotHeldToIt() {
    let looks: [(UInt64, Int, Int64)] = [(70, 0, 10), (144, 5, 10), (145, 5, 10)]
    #expect(Self.verdicts(looks, minRate: 1000) == [false, false, true])
  }

  /// Bytes of the next, pipelined request are no reason to hurry the reader of this answer.
  @Test func aReaderIsNotHeldToTheTimeOfTheNextHead() {
    var clock = ConnectionClock(at: 0)
    clock.begin(.reader, at: 0)
    clock.firstByte(at: 1)
    #expect(ends(clock, at: 75) == [false, true])
  }

  @Test func afterTheLastAnswerThereAreFiveSeconds() {
    var clock = ConnectionClock(at: 0)
    clock.begin(.farewell, at: 0)
    clock.begin(.request, at: Self.second)
    #expect(ends(clock, at: 5) == [false, true])
  }
}
