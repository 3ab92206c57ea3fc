import Testing

@testable import Serving

@Suite struct StrayBytesValueTests {
  private static let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

  /// Every way to cut the bytes into two reads gives the same.
  private func filtered(_ text: String) -> Set<String> {
    let bytes = Array(text.utf8)
    return Set(
      (0...bytes.count).map { cut in
        var stray = StrayBytes()
        return String(decoding: stray.filter(bytes[..<cut]) + stray.filter(bytes[cut...]), as: UTF8.self)
      })
  }

  @Test func takesOutTheBytesBehindAGet() {
    #expect(filtered("\(Self.get)0\r\n\r\n") == [Self.get])
    #expect(filtered("\(Self.get)0\r\n\r\n\(Self.get)0\r\n\r\n\(Self.get)") == [Self.get + Self.get + Self.get])
  }

  @Test(arguments: [
    "\(get)\(get)", "0\r\n\r\n\(get)", "\(get)0PTIONS / HTTP/1.1\r\n\r\n", "\(get)0\r\nGET / HTTP/1.1\r\n\r\n",
    "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n0\r\n\r\n", "\(get)\r\n\(get)",
    "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /a HTTP/1.1\r\ncontent-length: 5\r\n\r\n0\r\n\r\n\(get)", "\(get)1\r\n\r\n",
  ])
  func leavesEverythingElseAsItIs(text: String) { #expect(filtered(text) == [text]) }

  @Test func takesThemOutOnce() { #expect(filtered("\(Self.get)0\r\n\r\n0\r\n\r\n") == ["\(Self.get)0\r\n\r\n"]) }

  @Test func looksAgainBehindABody() {
    let post = "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\n0\r\n"
    #expect(filtered("\(post)\(Self.get)0\r\n\r\n") == [post + Self.get])
  }

  @Test func aGetThatAnnouncesNoBytesIsAGetWithoutABody() {
    let get = "GET /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    #expect(filtered("\(get)0\r\n\r\n") == [get])
  }
}
