/// RFC 9110: methods, conditions, ranges and what is negotiated.
extension ConformanceCase {
  private typealias E = Expected
  private static let later = "Tue, 03 Feb 2026 02:40:00 GMT"
  private static let earlier = "Sun, 01 Feb 2026 02:40:00 GMT"

  static let methods: [ConformanceCase] = [
    .init(
      clause: "RFC 9110 §9.3.1", title: "GET", sends: get(),
      gets: [
        .init(
          status: 200,
          headers: [
            "etag": tag, "last-modified": date, "accept-ranges": "bytes", "repr-digest": digest,
            "content-encoding": nil, "cache-control": "max-age=31536000, immutable",
          ], body: content)
      ]),
    .init(
      clause: "RFC 9110 §9.3.2", title: "HEAD has the fields of GET and no content", sends: get(method: "HEAD") + next,
      gets: [
        .init(status: 200, headers: ["content-length": "36", "etag": tag, "repr-digest": digest], isHead: true), .b,
      ]),
    .init(
      clause: "RFC 9110 §9.3.2", title: "HEAD of what is not there", sends: get("x", method: "HEAD") + next,
      gets: [.init(status: 404, isHead: true), .b]),
    .init(
      clause: "RFC 9110 §9.3.7", title: "OPTIONS", sends: get(method: "OPTIONS") + next,
      gets: [.init(status: 204, headers: ["allow": "GET, HEAD, OPTIONS", "content-length": nil]), .b]),
    .init(
      clause: "RFC 9110 §9.3.7", title: "OPTIONS of the server",
      sends: "OPTIONS * HTTP/1.1\r\nHost: mirror\r\n\r\n" + next,
      gets: [.init(status: 204, headers: ["allow": "GET, HEAD, OPTIONS"]), .b]),
    .init(
      clause: "RFC 9110 §15.5.6", title: "405 says what is allowed",
      sends: get("a", "Content-Length: 3", method: "PUT") + "abc" + next,
      gets: [.init(status: 405, headers: ["allow": "GET, HEAD, OPTIONS"]), .b]),
    .init(
      clause: "RFC 9110 §9.3.6", title: "CONNECT is the last",
      sends: "CONNECT mirror:80 HTTP/1.1\r\nHost: mirror:80\r\n\r\n" + next,
      gets: [.init(status: 405, headers: ["connection": "close"])], closes: true),
    .init(
      clause: "RFC 9110 §9.3.8", title: "TRACE sends nothing back",
      sends: get("a", "Cookie: secret", method: "TRACE") + next, gets: [.init(status: 405), .b]),
    .init(
      clause: "RFC 9110 §10.1.1", title: "the final answer instead of 100",
      sends: get("a", "Content-Length: 3", "Expect: 100-continue"),
      gets: [.init(status: 200, headers: ["connection": "close"], body: content)], closes: true),
    .init(
      clause: "RFC 9110 §10.1.1", title: "100-continue without content", sends: get("a", "Expect: 100-continue") + next,
      gets: [.a, .b]),
    .init(
      clause: "RFC 9110 §10.1.1", title: "another expectation", sends: get("a", "Expect: a-pony") + next,
      gets: [.init(status: 417), .b]),
    .init(
      clause: "RFC 9110 §10.1.1", title: "another expectation beside the one",
      sends: get("a", "Expect: 100-continue, x"), gets: [.init(status: 417)]),
    .init(
      clause: "RFC 9110 §10.1.1", title: "the one expectation in two lines",
      sends: get("a", "Expect: 100-Continue", "Expect: 100-continue") + next, gets: [.a, .b]),
    .init(
      clause: "RFC 9110 §10.1.1", title: "HTTP/1.0 knows no expectations",
      sends: "GET \(base)/a HTTP/1.0\r\nExpect: a-pony\r\nConnection: keep-alive\r\n\r\n" + next,
      gets: [.init(status: 200, headers: ["connection": "keep-alive"], body: content), .b]),
    .init(
      clause: "RFC 9110 §15.5.5", title: "404, and no redirect", sends: get("nothing") + get("a/"),
      gets: [.init(status: 404, headers: ["location": nil]), .init(status: 404, headers: ["location": nil])]),
    .init(
      clause: "RFC 3986 §2.1", title: "percent-encoding is of the same path", sends: get("%61") + get("%zz"),
      gets: [.a, .init(status: 400)]),
    .init(clause: "RFC 3986 §3.4", title: "a query changes nothing", sends: get("a?x=1/../2"), gets: [.a]),
  ]

  static let conditions: [ConformanceCase] = [
    (
      "§13.1.2", "If-None-Match", ["If-None-Match: \(tag)"],
      E(status: 304, headers: ["etag": tag, "content-length": nil])
    ),
    ("§13.1.2", "If-None-Match, weakly", ["If-None-Match: \"x\", W/\(tag)"], E(status: 304)),
    ("§13.1.2", "If-None-Match in two lines", ["If-None-Match: \"x\"", "If-None-Match: \(tag)"], E(status: 304)),
    ("§13.1.2", "If-None-Match of any", ["If-None-Match: *"], E(status: 304)),
    ("§8.8.3", "a tag with commas and a star in it", ["If-None-Match: \"a,*,b\""], .a),
    ("§8.8.3", "a tag with commas before ours", ["If-None-Match: \"a,b\", \(tag)"], E(status: 304)),
    ("§13.1.2", "If-None-Match of another", ["If-None-Match: \"x\""], .a),
    ("§13.1.1", "If-Match", ["If-Match: \(tag)"], .a),
    ("§13.1.1", "If-Match, weakly", ["If-Match: W/\(tag)"], E(status: 412)),
    ("§13.1.1", "If-Match of another", ["If-Match: \"x\""], E(status: 412)),
    ("§13.1.3", "If-Modified-Since", ["If-Modified-Since: \(date)"], E(status: 304)),
    ("§13.1.3", "If-Modified-Since before it", ["If-Modified-Since: \(earlier)"], .a),
    ("§13.1.3", "If-Modified-Since that is no date", ["If-Modified-Since: never"], .a),
    ("§13.1.4", "If-Unmodified-Since", ["If-Unmodified-Since: \(earlier)"], E(status: 412)),
    ("§13.1.4", "If-Unmodified-Since after it", ["If-Unmodified-Since: \(later)"], .a),
    ("§13.2.2", "If-Match before If-Unmodified-Since", ["If-Unmodified-Since: \(earlier)", "If-Match: \(tag)"], .a),
    ("§13.2.2", "If-None-Match before If-Modified-Since", ["If-Modified-Since: \(date)", "If-None-Match: \"x\""], .a),
    ("§13.2.2", "If-Match before If-None-Match", ["If-None-Match: \(tag)", "If-Match: \"x\""], E(status: 412)),
    ("§13.2.2", "If-None-Match before Range", ["Range: bytes=0-1", "If-None-Match: \(tag)"], E(status: 304)),
  ].map { clause, title, fields, expected in
    .init(
      clause: "RFC 9110 \(clause)", title: title, sends: get("a", fields.joined(separator: "\r\n")) + next,
      gets: [expected, .b])
  }

  private static func part(_ place: String, _ body: String) -> Expected {
    .init(
      status: 206,
      headers: [
        "content-range": "bytes \(place)/36", "etag": tag, "repr-digest": digest,
        "content-length": "\(body.utf8.count)",
      ], body: body)
  }

  /// Of what the client has already: without the fields of the whole.
  private static let resumed = E(
    status: 206,
    headers: [
      "content-range": "bytes 0-0/36", "etag": tag, "cache-control": "max-age=31536000, immutable",
      "content-length": "1", "last-modified": nil, "repr-digest": nil, "content-type": nil,
    ], body: "0")

  static let ranges: [ConformanceCase] = [
    ("§14.1.2", "from and to", ["Range: bytes=2-4"], part("2-4", "234")),
    ("§14.1.2", "to the end", ["Range: bytes=30-"], part("30-35", "uvwxyz")),
    ("§14.1.2", "behind the end", ["Range: bytes=34-99"], part("34-35", "yz")),
    ("§14.1.2", "the last bytes", ["Range: bytes=-3"], part("33-35", "xyz")),
    ("§14.1.2", "more than there are", ["Range: bytes=-99"], part("0-35", content)),
    ("§14.1", "the unit without regard to case", ["Range: BYTES=0-0"], part("0-0", "0")),
    ("§15.5.17", "not there", ["Range: bytes=36-"], E(status: 416, headers: ["content-range": "bytes */36"])),
    (
      "§15.5.17", "none of the last bytes", ["Range: bytes=-0"],
      E(status: 416, headers: ["content-range": "bytes */36"])
    ),
    ("§14.2", "another unit", ["Range: lines=1-2"], .a),
    ("§14.1.1", "backwards", ["Range: bytes=4-2"], .a),
    ("§14.2", "malformed", ["Range: bytes=1-2-3"], .a),
    ("§15.3.7", "without If-Range has the fields of the whole", ["Range: bytes=2-4"], part("2-4", "234")),
    ("§15.3.7", "with If-Range has only what caches need", ["Range: bytes=0-0", "If-Range: \(tag)"], resumed),
    ("§13.1.5", "If-Range by date", ["Range: bytes=0-0", "If-Range: \(date)"], resumed),
    ("§13.1.5", "If-Range of another", ["Range: bytes=0-0", "If-Range: \"x\""], .a),
    ("§13.1.5", "If-Range, weakly", ["Range: bytes=0-0", "If-Range: W/\(tag)"], .a),
    ("§13.1.5", "If-Range by another date", ["Range: bytes=0-0", "If-Range: \(later)"], .a),
    ("§15.3.7.2", "several that are one", ["Range: bytes=0-1,2-4,1-2"], part("0-4", "01234")),
    ("§15.3.7.2", "one of several that is there", ["Range: bytes=100-,0-1"], part("0-1", "01")),
    ("§14.6", "several", ["Range: bytes=33-,0-1"], several),
    ("§17.15", "too many", ["Range: bytes=" + (0..<17).map { "\($0 * 2)-\($0 * 2)" }.joined(separator: ",")], .a),
  ].map { clause, title, fields, expected in
    .init(
      clause: "RFC 9110 \(clause)", title: "range \(title)", sends: get("a", fields.joined(separator: "\r\n")) + next,
      gets: [expected, .b])
  }

  private static var several: Expected {
    let boundary = "maas-mirror-\(tag.dropFirst().prefix(32))"
    func part(_ place: String, _ body: String) -> String {
      "--\(boundary)\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes \(place)/36\r\n\r\n\(body)\r\n"
    }
    return .init(
      status: 206,
      headers: ["content-type": "multipart/byteranges; boundary=\(boundary)", "content-range": nil, "etag": tag],
      body: part("33-35", "xyz") + part("0-1", "01") + "--\(boundary)--\r\n")
  }

  static let pages: [ConformanceCase] = [
    .init(
      clause: "RFC 9110 §12.5.1", title: "HTML", sends: get("", "Accept: text/html, application/json;q=0.9"),
      gets: [.init(status: 200, headers: ["content-type": "text/html; charset=utf-8", "vary": "Accept"])]),
    .init(
      clause: "RFC 9110 §12.5.1", title: "JSON", sends: get("", "Accept: application/json"),
      gets: [.init(status: 200, headers: ["content-type": "application/json", "vary": "Accept"])]),
    .init(
      clause: "RFC 9110 §13.1.2", title: "a page of another tag", sends: get("", "If-None-Match: \(tag)"),
      gets: [.init(status: 200)]),
    .init(
      clause: "RFC 9110 §14.3", title: "a page has no ranges", sends: get("", "Range: bytes=0-1"),
      gets: [.init(status: 200, headers: ["content-range": nil, "accept-ranges": nil])]),
  ]
}
