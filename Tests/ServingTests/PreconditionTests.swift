import Testing

@testable import Serving

/// RFC 9110 §13. The file has the tag "a" and the date of 20:26:40.
@Suite struct PreconditionTests {
  private static let earlier = "Thu, 28 May 2026 20:26:39 GMT"
  private static let same = SampleView.date
  private static let later = "Thu, 28 May 2026 20:26:41 GMT"

  private func verdict(_ headers: [String: String]) -> Preconditions.Verdict {
    Preconditions.judge(SampleView.get("/", headers), tag: "\"a\"", modified: SampleView.modified)
  }

  private static let cases: [([String: String], Preconditions.Verdict)] = [
    ([:], .go),
    // §13.1.2: weak comparison, lists, and any
    (["If-None-Match": "\"a\""], .notModified), (["If-None-Match": "W/\"a\""], .notModified),
    (["If-None-Match": "\"b\", \"a\""], .notModified), (["If-None-Match": "*"], .notModified),
    (["If-None-Match": "\"b\""], .go), (["If-None-Match": "a"], .go), (["If-None-Match": ""], .go),
    // §13.1.1: strong comparison
    (["If-Match": "\"a\""], .go), (["If-Match": "\"b\" ,\t\"a\""], .go), (["If-Match": "*"], .go),
    (["If-Match": "\"b\""], .failed), (["If-Match": "W/\"a\""], .failed),
    // §13.1.3
    (["If-Modified-Since": same], .notModified), (["If-Modified-Since": later], .notModified),
    (["If-Modified-Since": earlier], .go), (["If-Modified-Since": "yesterday"], .go),
    // §13.1.4
    (["If-Unmodified-Since": same], .go), (["If-Unmodified-Since": later], .go),
    (["If-Unmodified-Since": earlier], .failed), (["If-Unmodified-Since": "yesterday"], .go),
    // §13.2.2: the order; a tag outweighs a date
    (["If-Match": "\"a\"", "If-Unmodified-Since": earlier], .go),
    (["If-None-Match": "\"b\"", "If-Modified-Since": same], .go),
    (["If-None-Match": "\"a\"", "If-Modified-Since": earlier], .notModified),
    (["If-Match": "\"b\"", "If-None-Match": "\"a\""], .failed),
    (["If-Match": "\"a\"", "If-None-Match": "\"a\""], .notModified),
    (["If-Unmodified-Since": earlier, "If-None-Match": "\"a\""], .failed),
  ]

  @Test(arguments: cases)
  func judgesInTheOrderOfTheStandard(headers: [String: String], expected: Preconditions.Verdict) {
    #expect(verdict(headers) == expected, "\(headers)")
  }

  /// §15.4.5: 304 carries the validators, and no body.
  @Test func notModifiedKeepsTheValidators() throws {
    let target = "/ephemeral-v3/stable/\(SampleView.kernel)"
    let tag = SampleView.tag(SampleView.kernel)
    let responder = SampleView.responder(try SampleView.tree())
    let answer = responder.answer(SampleView.get(target, ["If-None-Match": tag]))
    #expect(answer.status == 304)
    #expect(answer["ETag"] == tag)
    #expect(answer["Last-Modified"] == SampleView.date)
    #expect(answer["Cache-Control"] != nil)
    #expect(answer.body == .none)
    #expect(responder.answer(SampleView.get(target, ["If-Match": "\"b\""])).status == 412)
  }

  /// §5.6.7: IMF-fixdate, always in GMT.
  @Test func datesAreWrittenAndReadAsTheStandardSays() {
    #expect(HTTPDate.text(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(HTTPDate.seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
    for seconds: Int64 in [0, 951_782_400, 1_780_000_000] {
      #expect(HTTPDate.seconds(HTTPDate.text(seconds)) == seconds)
    }
    for text in ["", "GMT", "now", "Xxx, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +0000"] {
      #expect(HTTPDate.seconds(text) == nil)
    }
  }
}
