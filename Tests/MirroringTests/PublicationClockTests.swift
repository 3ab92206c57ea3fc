import Testing

@testable import Mirroring

@Suite struct PublicationClockTests {
  private let day: Int64 = 86400

  @Test func followsTheClock() {
    let clock = PublicationClock(now: 1000, last: 0, witnessed: nil)
    #expect(clock.time == 1000 && !clock.goesBack)
  }

  @Test func doesNotGoBackWithAClockThatWasSetBack() {
    let last = 100 * day
    for (now, witnessed) in [(last - 10 * day, last - day), (last - 10 * day, nil), (last - day, last - 2 * day)] {
      let clock = PublicationClock(now: now, last: last, witnessed: witnessed)
      #expect(clock.time == last + 1 && !clock.goesBack)
    }
  }

  @Test func goesBackWhereTheLastTimeWasMadeUp() {
    let clock = PublicationClock(now: 100 * day, last: 190 * day, witnessed: 99 * day)
    #expect(clock.time == 100 * day && clock.goesBack)
  }
}
