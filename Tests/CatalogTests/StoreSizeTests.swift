import TestSupport
import Testing

@testable import Catalog

@Suite struct StoreSizeTests {
  @Test func theLastSizeOfADayCountsAndOldDaysAreForgotten() throws {
    let folder = try TemporaryFolder()
    let catalog = try CatalogDatabase(path: folder.file("catalog.sqlite"))
    for (day, bytes) in [(10, 1), (739, 2), (740, 3), (740, 4), (738, 5)] as [(Int64, Int64)] {
      try catalog.note(.init(day: day, bytes: bytes))
    }
    #expect(
      try catalog.storeSizes() == [
        .init(day: 10, bytes: 1), .init(day: 738, bytes: 5), .init(day: 739, bytes: 2), .init(day: 740, bytes: 4),
      ])
    for day in 11...737 as ClosedRange<Int64> { try catalog.note(.init(day: day, bytes: 6)) }
    #expect(try catalog.storeSizes().count == 731 && catalog.storeSizes().first?.day == 10)
    // A clock that is a thousand years ahead for a day costs one day of the past.
    try catalog.note(.init(day: 400_000, bytes: 6))
    #expect(try catalog.storeSizes().count == 731 && catalog.storeSizes().first?.day == 11)
  }
}
