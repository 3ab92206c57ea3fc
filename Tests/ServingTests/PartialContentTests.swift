import Storage
import Testing

@testable import Serving

/// RFC 9110 §14 (ranges) together with §13.1.5 (If-Range).
@Suite struct PartialContentTests {
  private let responder: Responder
  private static let target = "/ephemeral-v3/stable/\(SampleView.kernel)"
  private static let tag = SampleView.tag(SampleView.kernel)
  private static let digest = SampleView.digest(SampleView.kernel)

  init() throws { responder = SampleView.responder(try SampleView.tree()) }

  private func answer(_ headers: [String: String]) -> Answer { responder.answer(SampleView.get(Self.target, headers)) }

  /// §15.3.7: 206 has Content-Range and the validators of the whole.
  @Test func sendsAPart() {
    let answer = answer(["Range": "bytes=10-19"])
    #expect(answer.status == 206)
    #expect(answer["Content-Range"] == "bytes 10-19/100")
    #expect(answer["ETag"] == Self.tag)
    #expect(answer["Last-Modified"] == SampleView.date)
    #expect(answer.body == .blob(Self.digest, size: 100, range: 10..<20))
    #expect(answer.length == 10)
  }

  /// §14.1.2: the last bytes, and not the first.
  @Test func aSuffixIsTheLastBytes() {
    let answer = answer(["Range": "bytes=-10"])
    #expect(answer["Content-Range"] == "bytes 90-99/100")
    #expect(answer.body == .blob(Self.digest, size: 100, range: 90..<100))
  }

  /// §15.5.17: 416 tells how long the file is.
  @Test func aPartThatIsNotThereIs416() {
    let answer = answer(["Range": "bytes=100-"])
    #expect(answer.status == 416)
    #expect(answer["Content-Range"] == "bytes */100")
  }

  /// §15.3.7.2: the head of several parts has no Content-Range; each part has its own.
  @Test func sendsSeveralParts() throws {
    let answer = answer(["Range": "bytes=0-1, 5-6"])
    #expect(answer.status == 206)
    #expect(answer["Content-Range"] == nil)
    #expect(answer["ETag"] == Self.tag)
    #expect(answer["Repr-Digest"] == ReprDigest.of(Self.digest))
    let boundary = try #require(answer["Content-Type"]?.split(separator: "boundary=").last)
    guard case .parts(Self.digest, size: 100, let pieces) = answer.body else { return #expect(Bool(false)) }
    let text = pieces.map { piece in
      switch piece {
      case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
      case .range(let range): "[\(range)]"
      }
    }
    let type = "Content-Type: application/octet-stream\r\n"
    #expect(
      text.joined() == "--\(boundary)\r\n\(type)Content-Range: bytes 0-1/100\r\n\r\n[0..<2]"
        + "\r\n--\(boundary)\r\n\(type)Content-Range: bytes 5-6/100\r\n\r\n[5..<7]\r\n--\(boundary)--\r\n")
    #expect(answer.length == Int64(text.joined().utf8.count) - 14 + 4)
  }

  @Test(arguments: [tag, SampleView.date])
  func resumesWhenTheFileIsStillTheSame(condition: String) {
    #expect(answer(["Range": "bytes=10-", "If-Range": condition]).status == 206)
  }

  /// §15.3.7: beside Date, Cache-Control, ETag and Vary no field of the whole, which the client has.
  @Test(arguments: ["bytes=10-19", "bytes=0-1, 5-6"])
  func whoResumesIsNotToldTheFieldsOfTheWholeAgain(range: String) {
    let answer = answer(["Range": range, "If-Range": Self.tag])
    #expect(answer["ETag"] == Self.tag && answer["Cache-Control"] == "max-age=31536000, immutable")
    for name in ["Last-Modified", "Repr-Digest", "Content-Encoding"] { #expect(answer[name] == nil) }
    // §15.3.7.2: that of several parts says how they are put together.
    #expect(answer["Content-Type"]?.hasPrefix("multipart/byteranges") == (range.contains(",") ? true : nil))
    #expect((answer["Content-Range"] == "bytes 10-19/100") == !range.contains(","))
  }

  /// A weak tag never holds for a range; a file that changed is sent whole.
  @Test(arguments: [
    "\"other\"", "W/\(tag)", "Thu, 28 May 2026 20:26:41 GMT", "Thu, 28 May 2026 20:26:39 GMT", "yesterday", "*", "",
  ])
  func startsAgainWhenTheFileMayBeAnother(condition: String) {
    let answer = answer(["Range": "bytes=10-", "If-Range": condition])
    #expect(answer.status == 200)
    #expect(answer.length == 100)
  }

  @Test func aRangeThatIsNotThereIsIgnoredWhenTheFileMayBeAnother() {
    #expect(answer(["Range": "bytes=500-", "If-Range": "\"other\""]).status == 200)
  }

  /// §13.2.2: conditions come before the range.
  @Test func notModifiedComesBeforeTheRange() {
    #expect(answer(["Range": "bytes=500-", "If-None-Match": Self.tag]).status == 304)
    #expect(answer(["Range": "bytes=500-", "If-Match": "\"other\""]).status == 412)
  }
}
