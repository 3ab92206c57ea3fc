import Testing

@testable import Settings

@Suite struct QuantityTests {
  @Test(
    arguments: [
      ("0", 0), ("1500", 1500), ("10 GB", 10_000_000_000), ("10gb", 10_000_000_000), ("512 MiB", 536_870_912),
      ("1.5 kB", 1500), ("1 TiB", 1_099_511_627_776), ("0.5 KiB", 512),
    ] as [(String, Int64)])
  func readsSizes(text: String, bytes: Int64) { #expect(Quantity.bytes(text) == bytes) }

  @Test(arguments: [
    "", "GB", "ten GB", "-1", "1,5 GB", "10 GB/s", "10 GiBs", "1..5 GB", "1e3", "99999999999 TB", "٣ GB",
  ])
  func refusesWhatIsNoSize(text: String) { #expect(Quantity.bytes(text) == nil) }

  @Test(
    arguments: [
      ("50 MB/s", 50_000_000), ("50 MB", 50_000_000), ("1 MiB /s", 1_048_576), ("1 MiB / s", 1_048_576), ("1000", 1000),
    ] as [(String, Int64)])
  func readsRates(text: String, rate: Int64) { #expect(Quantity.rate(text) == rate) }

  /// No bytes a second would be no end of a sync.
  @Test(arguments: ["0", "0 MB/s", "/s", "fast", "1 MB/h"])
  func refusesWhatIsNoRate(text: String) { #expect(Quantity.rate(text) == nil) }

  @Test(arguments: [("50 %", 50), ("0%", 0), ("100 %", 100)] as [(String, Int64)])
  func readsShares(text: String, percent: Int64) { #expect(Quantity.percent(text) == percent) }

  @Test(arguments: ["50", "101 %", "-1 %", "%", "half", "50 %%"])
  func refusesWhatIsNoShare(text: String) { #expect(Quantity.percent(text) == nil) }

  @Test(
    arguments: [
      ("7 days", 604_800), ("30 s", 30), ("30", 30), ("2h", 7200), ("1 week", 604_800), ("1.5 min", 90), ("1 D", 86400),
    ] as [(String, Int64)])
  func readsDurations(text: String, seconds: Int64) { #expect(Quantity.seconds(text) == seconds) }

  @Test(arguments: ["", "soon", "7 moons", "-1 s", "1 month"])
  func refusesWhatIsNoDuration(text: String) { #expect(Quantity.seconds(text) == nil) }
}

@Suite struct SpellingTests {
  @Test(arguments: [
    ("kering", "keyring"), ("sorce", "source"), ("souces", "source"), ("Path", "path"), ("sourcse", "source"),
  ])
  func findsTheWordThatWasMeant(written: String, meant: String) {
    #expect(Spelling.closest(to: written, among: ["path", "source", "keyring"]) == meant)
  }

  @Test(arguments: ["", "colour", "x", "ring"])
  func doesNotGuessWildly(written: String) {
    #expect(Spelling.closest(to: written, among: ["path", "source", "keyring"]) == nil)
  }

  @Test func countsEdits() {
    #expect(Spelling.distance("kitten", "sitting") == 3)
    #expect(Spelling.distance("", "abc") == 3)
    #expect(Spelling.distance("abc", "") == 3)
    #expect(Spelling.distance("same", "same") == 0)
  }
}
