import Testing

@testable import Serving

@Suite struct RequestBytesTests {
  private static let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

  /// Every way to cut the bytes into two reads gives the same.
  private func filtered(_ text: String) -> Set<String> {
    let bytes = Array(text.utf8)
    return Set(
      (0...bytes.count).map { cut in
        var stray = RequestBytes()
        return String(decoding: stray.filter(bytes[..<cut]) + stray.filter(bytes[cut...]), as: UTF8.self)
      })
  }

  @Test func takesOutTheBytesBehindAGet() {
    #expect(filtered("\(Self.get)0\r\n\r\n") == [Self.get])
    #expect(filtered("\(Self.get)0\r\n\r\n\(Self.get)0\r\n\r\n\(Self.get)") == [Self.get + Self.get + Self.get])
  }

  @Test(arguments: [
    "\(get)\(get)", "\(get)0PTIONS / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\n0\r\n\r\n\(get)",
  ])
  func leavesEverythingElseAsItIs(text: String) { #expect(filtered(text) == [text]) }

  /// RFC 9112 §2.2.
  @Test func takesOutTheEmptyLinesBeforeARequest() {
    #expect(filtered("\r\n\(Self.get)\r\n\r\n\(Self.get)\n") == [Self.get + Self.get])
  }

  /// What begins like them is a request like any other, and is refused as the bad one that it is.
  @Test(arguments: [
    "0\r\n\r\n\(get)", "\(get)0\r\nGET / HTTP/1.1\r\n\r\n", "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n0\r\n\r\n",
    "\(get)0\r\n\r\n0\r\n\r\n", "\(get)1\r\n\r\n",
  ])
  func lookOnlyDirectlyBehindAGetAndOnce(text: String) {
    var bytes = RequestBytes()
    let left = String(decoding: bytes.filter(Array((text + Self.get).utf8)), as: UTF8.self)
    #expect(bytes.refusal?.status == 400)
    #expect(["", Self.get, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n"].contains(left))
  }

  /// Nothing of a head reaches the parser before it was checked whole.
  @Test func holdsAHeadBackUntilItIsWhole() {
    var bytes = RequestBytes()
    #expect(bytes.filter(Array(Self.get.utf8.dropLast())).isEmpty && bytes.isInHead)
    #expect(bytes.filter([0x0A]) == Array(Self.get.utf8) && !bytes.isInHead)
  }

  @Test func looksAgainBehindABody() {
    let post = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n0\r\n"
    #expect(filtered("\(post)\(Self.get)0\r\n\r\n") == [post + Self.get])
  }

  @Test func aGetThatAnnouncesNoBytesIsAGetWithoutABody() {
    let get = "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    #expect(filtered("\(get)0\r\n\r\n") == [get])
  }
}
