import Simplestreams
import Testing

@Suite struct TimestampTests {
  @Test func readsAndWritesTheDatesOfDocuments() {
    let text = "Thu, 24 Jul 2025 09:01:43 +0000"
    #expect(Timestamp(text)?.seconds == 1_753_347_703)
    #expect(Timestamp(seconds: 1_753_347_703).mail == text)
    #expect(Timestamp("2025-07-24T09:01:43Z") == Timestamp(text))
    #expect(Timestamp("2025-07-24T11:01:43+02:00") == Timestamp(text))
    #expect(Timestamp("Thu, 24 Jul 2025 04:01:43 -0500") == Timestamp(text))
    #expect(Timestamp("2025-07-24")?.iso == "2025-07-24T00:00:00Z")
  }

  @Test(arguments: [
    "Thu, 24 Jul 2025 09:01:43 GMT", "", "yesterday", "2025-02-30", "2025-13-01", "Thu, 24 Jul 2025 25:01:43 +0000",
    "Thu, 24 Foo 2025 09:01:43 +0000",
  ])
  func refusesWhatTheNewClientRefuses(_ text: String) { #expect(Timestamp(text) == nil) }

  @Test(arguments: [-62_135_596_800, -1, 0, 951_782_400, 4_102_444_799] as [Int64])
  func comesBackAsItWent(_ seconds: Int64) {
    #expect(Timestamp(Timestamp(seconds: seconds).iso)?.seconds == seconds || seconds < -60_000_000_000)
  }
}
