import NIOCore
import Testing

@testable import Serving

@Suite struct RequestReaderTests {
  private static let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

  /// What the reader makes of the bytes as they come in pieces: `GET /a`, `end`, `400`.
  private func events(_ pieces: [some Collection<UInt8>]) -> [String] {
    var reader = RequestReader()
    var unread = ByteBuffer()
    var found: [String] = []
    for piece in pieces {
      unread.writeBytes(piece)
      while let event = reader.next(&unread) {
        switch event {
        case .head(let request): found.append("\(request.method?.rawValue ?? "-") \(request.target)")
        case .end: found.append("end")
        case .refused(let refusal): found.append("\(refusal.status)")
        }
      }
    }
    return found
  }

  /// Every way to cut the bytes into two reads gives the same, and so does one byte at a time.
  private func events(_ text: String) -> Set<[String]> {
    let bytes = Array(text.utf8)
    return Set((0...bytes.count).map { events([bytes[..<$0], bytes[$0...]]) } + [events(bytes.map { [$0] })])
  }

  @Test func passesOverTheBytesBehindAGet() {
    #expect(events("\(Self.get)0\r\n\r\n") == [["GET /a"]])
    #expect(events("\(Self.get)0\r\n\r\n\(Self.get)0\r\n\r\n\(Self.get)") == [["GET /a", "GET /a", "GET /a"]])
  }

  @Test func tellsContentFromRequests() {
    let chunked = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n0\r\n\r\n"
    #expect(events("\(chunked)\(Self.get)") == [["POST /a", "end"]])
    let counted = "GET /a HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\n0\r\n\r\n"
    #expect(events("\(counted)\(Self.get)") == [["GET /a", "end", "GET /a"]])
  }

  /// RFC 9112 §2.2.
  @Test func passesOverTheEmptyLinesBeforeARequest() {
    #expect(events("\r\n\(Self.get)\r\n\r\n\(Self.get)\r\n") == [["GET /a", "GET /a"]])
  }

  /// What begins like them is a request like any other, and is refused as the bad one that it is.
  @Test(arguments: [
    ("0\r\n\r\n\(get)", ["400"]), ("\(get)0\r\nGET / HTTP/1.1\r\n\r\n", ["GET /a", "400"]),
    ("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n0\r\n\r\n", ["HEAD /a", "400"]),
    ("\(get)0\r\n\r\n0\r\n\r\n", ["GET /a", "400"]), ("\(get)1\r\n\r\n", ["GET /a", "400"]),
  ])
  func looksOnlyDirectlyBehindAGetAndOnce(text: String, expected: [String]) {
    #expect(events(text + Self.get) == [expected])
  }

  @Test func looksAgainBehindContent() {
    let post = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n0\r\n"
    #expect(events("\(post)\(Self.get)0\r\n\r\n\(Self.get)") == [["POST /a", "end", "GET /a", "GET /a"]])
  }

  @Test func aGetThatAnnouncesNoBytesIsAGetWithoutContent() {
    let get = "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    #expect(events("\(get)0\r\n\r\n\(get)") == [["GET /a", "GET /a"]])
  }

  @Test func saysWhetherARequestHasBegun() {
    var reader = RequestReader()
    var bytes = ByteBuffer(string: "\r\n")
    #expect(reader.next(&bytes) == nil && !reader.isInHead)
    bytes.writeString("G")
    #expect(reader.next(&bytes) == nil && reader.isInHead)
    bytes.writeString(String(Self.get.dropFirst()))
    guard case .head? = reader.next(&bytes) else { return #expect(Bool(false), "the head is whole") }
    #expect(!reader.isInHead && bytes.readableBytes == 0)
  }

  /// RFC 9110 §5.3.
  @Test func severalLinesOfANameAreOneList() {
    var bytes = ByteBuffer(
      string:
        "GET / HTTP/1.1\r\nhost: a\r\nIf-None-Match: \"1\"\r\nX: y\r\nIF-NONE-MATCH:\t\"2\" \r\nUser-Agent:\r\n\r\n")
    var reader = RequestReader()
    guard case .head(let request)? = reader.next(&bytes) else { return #expect(Bool(false), "the head is whole") }
    #expect(request[.ifNoneMatch] == "\"1\", \"2\"")
    #expect(request[.host] == "a")
    #expect(request[.userAgent] == "" && request[.range] == nil)
  }

  @Test(arguments: [
    ("HTTP/1.1", "X: y", true), ("HTTP/1.1", "Connection: close", false), ("HTTP/1.1", "Connection: x, Close", false),
    ("HTTP/1.1", "Transfer-Encoding: chunked", false), ("HTTP/1.0", "X: y", false),
    ("HTTP/1.0", "Connection: Keep-Alive", true), ("HTTP/1.0", "Connection: keep-alive, close", false),
  ])
  func saysWhetherTheConnectionGoesOn(version: String, field: String, goesOn: Bool) {
    var bytes = ByteBuffer(string: "GET / \(version)\r\nHost: a\r\n\(field)\r\n\r\n")
    var reader = RequestReader()
    guard case .head(let request)? = reader.next(&bytes) else { return #expect(Bool(false), "the head is whole") }
    #expect(request.isKeptAlive == goesOn)
  }
}
