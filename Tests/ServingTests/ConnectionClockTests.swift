import Testing

@testable import Serving

@Suite struct ConnectionClockTests {
  private static let second: UInt64 = 1_000_000_000

  /// Whether it is over just before, and just after.
  private func ends(_ clock: ConnectionClock, at seconds: UInt64) -> [Bool] {
    var clock = clock
    return [seconds * Self.second - 1, seconds * Self.second].map { time in
      clock.isOver(at: time, unsent: 1, queued: 1, limits: .init()) { 1 }
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

  /// - Parameter looks: `unsent` is what waits here, and `taken` what the client has.
  private static func verdicts(_ looks: [(seconds: UInt64, unsent: Int, taken: Int64)], minRate: Int64) -> [Bool] {
    var limits = ServerLimits()
    limits.minRate = minRate
    var clock = ConnectionClock(at: 0)
    clock.begin(.reader, at: 0, queued: 0)
    return looks.map { look in
      clock.isOver(at: look.seconds * second, unsent: look.unsent, queued: .max, limits: limits) { look.taken }
    }
  }

  @Test func aReaderThatTakesNothingHas75Seconds() {
    #expect(Self.verdicts([(0, 1, 0), (74, 1, 0), (75, 1, 0)], minRate: 1000) == [false, false, true])
  }

  @Test func noLeastRateCutsNobody() {
    #expect(Self.verdicts([(0, 1, 0), (75, 1, 0), (100_000, 1, 0)], minRate: 0) == [false, false, false])
  }

  /// One byte a minute would hold a connection and a file for ever.
  @Test func aReaderMustTakeTheLeastRate() {
    let looks: [(UInt64, Int, Int64)] = [(0, 1, 0), (75, 1, 75_000), (150, 1, 150_000), (225, 1, 225_000)]
    #expect(Self.verdicts(looks, minRate: 1000) == [false, false, false, false])
    #expect(Self.verdicts(looks, minRate: 2000) == [false, false, true, true])
  }

  /// As measured: 4 kB/s into a buffer of 6 MB are acknowledged 400 kB at a time.
  @Test func aReaderThatAcknowledgesInLumpsIsJudgedByWhatItTakes() {
    let looks = stride(from: UInt64(0), to: 3600, by: 5).map { time in
      (time, 1, Int64(6_000_000 + time / 100 * 400_000))
    }
    #expect(!Self.verdicts(looks, minRate: 1000).contains(true))
  }

  /// However much it took before.
  @Test func nobodyMayRestForMoreThanFiveMinutes() {
    let looks: [(UInt64, Int, Int64)] = [(0, 1, 1 << 40), (299, 1, 1 << 40), (300, 1, 1 << 40)]
    #expect(Self.verdicts(looks, minRate: 1000) == [false, false, true])
  }

  /// A client that waits for a disk or for its share of the bandwidth is not at fault.
  @Test func aReaderThatHasNothingToTakeIsNotHeldToIt() {
    let looks: [(UInt64, Int, Int64)] = [(5, 1, 0), (70, 0, 0), (80, 5, 0), (154, 5, 0), (155, 5, 0)]
    #expect(Self.verdicts(looks, minRate: 1000) == [false, false, false, false, true])
  }

  /// It costs a call of the system, for which a thousand slow clients would pay at every look.
  @Test func whatTheClientHasIsAskedForOnlyWhereItMatters() {
    var clock = ConnectionClock(at: 0)
    clock.begin(.reader, at: 0)
    var count: Int64 = 0
    for time in stride(from: UInt64(0), to: 1000, by: 5) {
      let isOver = clock.isOver(at: time * Self.second, unsent: 1, queued: 1 << 40, limits: .init()) {
        count += 1
        return count * 300_000
      }
      #expect(!isOver)
    }
    #expect(count <= 5)
  }

  /// Bytes of the next, pipelined request are no reason to hurry the reader of this answer.
  @Test func aReaderIsNotHeldToTheTimeOfTheNextHead() {
    var clock = ConnectionClock(at: 0)
    clock.begin(.reader, at: 0)
    clock.firstByte(at: 1)
    #expect(clock.waiting == .reader)
  }

  @Test func afterTheLastAnswerThereAreFiveSeconds() {
    var clock = ConnectionClock(at: 0)
    clock.begin(.farewell, at: 0)
    clock.begin(.request, at: Self.second)
    #expect(ends(clock, at: 5) == [false, true])
  }

  /// What lies in the socket's buffer is still on its way.
  @Test func whoStillTakesTheLastAnswerHasTheTimeOfAReader() {
    var clock = ConnectionClock(at: 0)
    clock.begin(.farewell, at: 0, queued: 1_000_000)
    func isOver(_ seconds: UInt64, taken: Int64) -> Bool {
      clock.isOver(at: seconds * Self.second, unsent: 0, queued: 1_000_000, limits: .init()) { taken }
    }
    #expect(
      [isOver(5, taken: 100_000), isOver(70, taken: 100_000), isOver(80, taken: 900_000)] == [false, false, false])
    #expect(isOver(85, taken: 1_000_000))
  }

  /// A server that stops waits for what is on its way, and not for a client that forgets to close.
  @Test func whenTheServerStopsWhoHasEverythingIsNotWaitedFor() {
    var clock = ConnectionClock(at: 0)
    clock.begin(.farewell, at: 0, queued: 1_000_000)
    clock.hurry()
    func isOver(taken: Int64) -> Bool {
      clock.isOver(at: Self.second, unsent: 0, queued: 1_000_000, limits: .init()) { taken }
    }
    #expect([isOver(taken: 100_000), isOver(taken: 1_000_000)] == [false, true])
  }
}
