import Testing

@testable import Serving

@Suite struct ConnectionClockTests {
  private static let second: UInt64 = 1_000_000_000

  /// Whether it is over just before, and just after.
  private func ends(_ clock: ConnectionClock, at seconds: UInt64) -> [Bool] {
    var clock = clock
    return [clock.isOver(at: seconds * Self.second - 1, unsent: 0), clock.isOver(at: seconds * Self.second, unsent: 0)]
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

  @Test func aReaderHasAsLongAsItTakesBytes() {
    var clock = ConnectionClock(at: 0)
    clock.begin(.reader, at: 0)
    let looks: [(UInt64, Int)] = [(70, 500), (140, 400), (210, 300), (284, 300), (285, 300)]
    let verdicts = looks.map { seconds, unsent in clock.isOver(at: seconds * Self.second, unsent: unsent) }
    #expect(verdicts == [false, false, false, false, true])
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
