import Testing

@testable import Transfer

@Suite struct ResponseTests {
  @Test func takesOnlyTheLastHeadAfterInterimOnes() throws {
    let heads = try read("HTTP/1.1 103 Early Hints\r\nETag: \"no\"\r\n\r\nHTTP/2 200 \r\netag: \"yes\"\r\n\r\n")
    #expect(heads == [fields(200) { $0.entityTag = "\"yes\"" }])
  }

  @Test func ignoresTrailersAndFoldedLines() throws {
    let heads = try read("HTTP/1.1 200 OK\r\nX: y\r\n folded\r\n\r\nETag: \"late\"\r\n\r\n")
    #expect(heads == [fields(200)])
  }

  @Test func refusesTwoLengthsThatDiffer() {
    #expect(throws: HeadReader.Fault.contradiction) {
      try read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n")
    }
  }

  @Test func refusesAHeadThatDoesNotEnd() {
    let endless = "HTTP/1.1 200 OK\r\n" + String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 300)
    #expect(throws: HeadReader.Fault.tooManyBytes) { try read(endless) }
  }

  @Test(arguments: ["HTTP/1.1 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1\r\n", "HTTP/1.1 -20 OK\r\n"])
  func refusesAStatusLineWithoutAStatus(line: String) {
    #expect(throws: HeadReader.Fault.statusLine) { try read(line) }
  }

  @Test(arguments: [
    "bytes 5-9", "bytes */10", "bytes 9-5/10", "bytes 5-10/10", "bytes +5-9/10", "items 5-9/10", "bytes 5-9/", "",
    "bytes 99999999999999999999-9/10",
  ])
  func refusesAContentRangeThatIsNotOne(text: String) {
    #expect(ContentRange(text) == nil)
  }

  @Test func readsAContentRangeWithAndWithoutATotal() {
    #expect(ContentRange("bytes 5-9/10").map { [$0.first, $0.last, $0.total ?? -1] } == [5, 9, 10])
    #expect(ContentRange("Bytes 5-9/*").map { $0.total == nil } == true)
  }

  /// RFC 9110 §8.8.2.2: a date as fresh as the answer may stand for two versions.
  @Test(arguments: [
    ("Thu, 28 May 2026 20:26:40 GMT", false), ("Thu, 28 May 2026 20:27:39 GMT", false),
    ("Thu, 28 May 2026 20:27:40 GMT", true), ("Wed, 27 May 2026 20:26:40 GMT", false), ("now", false), (nil, false),
  ])
  func keepsALastModifiedOnlyOnceItIsSettled(date: String?, isKept: Bool) throws {
    let modified = "Thu, 28 May 2026 20:26:40 GMT"
    let line = date.map { "Date: \($0)\r\n" } ?? ""
    let head = try #require(
      try read("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nLast-Modified: \(modified)\r\n\(line)\r\n").first)
    #expect(head.validators == Validators(entityTag: "\"a\"", lastModified: isKept ? modified : nil))
  }

  @Test func readsRetryAfterInSecondsAndAsADate() {
    #expect(RetryAfter.seconds("120", now: 0) == 120)
    #expect(RetryAfter.seconds("Thu, 01 Jan 1970 00:02:00 GMT", now: 30) == 90)
    #expect(RetryAfter.seconds("Thu, 01 Jan 1970 00:02:00 GMT", now: 300) == 0)
    #expect(RetryAfter.seconds("soon", now: 0) == nil)
  }

  @Test func doesNotBelieveALengthBesideATransferEncoding() throws {
    let request = TransferRequest(url: try RemoteURL("http://a.example/"), byteLimit: 10)
    let verdict = try ResponseVerdict(
      fields(200) { ($0.contentLength, $0.transferEncoding) = ("99", "chunked") }, to: request, retryAfter: nil)
    #expect(verdict == .deliver(ResponseHead(status: 200)))
  }

  @Test func refusesA304ToARequestWithoutValidators() throws {
    let request = TransferRequest(url: try RemoteURL("http://a.example/"), byteLimit: 10)
    let verdict = try ResponseVerdict(fields(304), to: request, retryAfter: nil)
    #expect(verdict == .refuse(.status(request.url, code: 304, retryAfter: nil)))
  }

  @Test func leavesOutValidatorsThatWouldSmuggleInAHeader() {
    let validators = Validators(entityTag: "\"a\"\r\nX-Evil: 1", lastModified: "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(validators.requestHeaders == ["If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"])
  }

  private func fields(_ status: Int, _ change: (inout ResponseFields) -> Void = { _ in }) -> ResponseFields {
    var fields = ResponseFields(status: status)
    change(&fields)
    return fields
  }

  @discardableResult
  private func read(_ text: String) throws -> [ResponseFields] {
    var reader = HeadReader()
    var heads: [ResponseFields] = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      let bytes = Array(line) + [UInt8(ascii: "\n")]
      if let head = try bytes.withUnsafeBytes({ try reader.read($0) }) { heads.append(head) }
    }
    return heads
  }
}
