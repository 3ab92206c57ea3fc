import Catalog
import Testing

@testable import Mirroring

@Suite struct DiskForecastTests {
  private typealias Size = CatalogDatabase.StoreSize

  private func sizes(_ count: Int64, every step: Int64 = 1, start: Int64 = 20_000, _ bytes: (Int64) -> Int64) -> [Size]
  {
    (0..<count).map { Size(day: start + $0 * step, bytes: bytes($0)) }
  }

  @Test func followsAStraightLine() {
    #expect(
      DiskForecast(sizes(10) { 1000 + $0 * 100 }, free: 4250, today: 30_000) == .full(inDays: 42, bytesPerDay: 100))
    // Days on which nothing ran are no days without growth.
    #expect(
      DiskForecast(sizes(10, every: 3) { 1000 + $0 * 300 }, free: 4250, today: 30_000)
        == .full(inDays: 42, bytesPerDay: 100))
  }

  @Test func aCleanUpIsPartOfTheCourse() {
    // Three days of growth, then as much is freed.
    let sawTooth = sizes(28) { 10_000 + ($0 % 4) * 1000 }
    #expect(DiskForecast(sawTooth, free: 1_000_000, today: 30_000) == .steady(bytesPerDay: 19))
  }

  @Test func saysThatItDoesNotGrow() {
    #expect(DiskForecast(sizes(10) { _ in 1000 }, free: 10, today: 30_000) == .steady(bytesPerDay: 0))
    #expect(DiskForecast(sizes(10) { 9000 - $0 * 100 }, free: 10, today: 30_000) == .steady(bytesPerDay: -100))
    #expect(DiskForecast(sizes(10) { $0 * 100 }, free: 1_000_000_000, today: 30_000) == .steady(bytesPerDay: 100))
  }

  @Test func saysThatItDoesNotKnow() {
    #expect(DiskForecast([], free: 10, today: 30_000) == .notEnough(days: 0))
    #expect(DiskForecast(sizes(6) { $0 * 100 }, free: 10, today: 30_000) == .notEnough(days: 6))
    // Two that lie far apart are a line too, and no history.
    #expect(DiskForecast(sizes(2, every: 40) { $0 * 100 }, free: 10, today: 30_000) == .notEnough(days: 2))
  }

  @Test func forgetsWhatWasLongAgo() {
    let old = sizes(50, start: 10_000) { $0 * 1_000_000 }
    #expect(
      DiskForecast(old + sizes(10) { 1000 + $0 * 100 }, free: 4250, today: 30_000)
        == .full(inDays: 42, bytesPerDay: 100))
    #expect(DiskForecast(old + sizes(3) { $0 }, free: 10, today: 30_000) == .notEnough(days: 3))
  }

  /// One sync a year ahead must not hide the past until it comes true.
  @Test func aDayThatIsYetToComeSaysNothing() {
    let ahead = sizes(10) { 1000 + $0 * 100 } + [Size(day: 20_400, bytes: 9_999_999)]
    #expect(DiskForecast(ahead, free: 4250, today: 20_010) == .full(inDays: 42, bytesPerDay: 100))
    #expect(DiskForecast(ahead, free: 4250, today: 10) == .notEnough(days: 0))
  }

  @Test func aFullDiskIsFullToday() {
    #expect(DiskForecast(sizes(10) { $0 * 100 }, free: -5, today: 30_000) == .full(inDays: 0, bytesPerDay: 100))
  }
}
