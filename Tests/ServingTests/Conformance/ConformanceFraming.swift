/// RFC 9112: the message and its connection.
extension ConformanceCase {
  static let framing: [ConformanceCase] = [
    .init(
      clause: "RFC 9112 §2.2", title: "empty lines before a request", sends: "\r\n\r\n" + get() + "\r\n" + next,
      gets: [.a, .b]),
    .init(clause: "RFC 9112 §9.3.2", title: "pipelining", sends: get() + next + get(), gets: [.a, .b, .a]),
    .init(
      clause: "RFC 9112 §3.2.2", title: "absolute-form",
      sends: "GET http://other\(base)/a HTTP/1.1\r\nHost: mirror\r\n\r\n" + next, gets: [.a, .b]),
    .init(
      clause: "RFC 9112 §3.2.2", title: "the host of absolute-form counts, and the Host beside it does not",
      sends: "GET http://real.example:8080/ HTTP/1.1\r\nHost: other.example\r\n\r\n" + next,
      gets: [.init(status: 200, bodyHas: "http://real.example:8080/keyring.gpg"), .b]),
    .init(
      clause: "RFC 9110 §6.2", title: "a later HTTP/1",
      sends: "GET \(base)/a HTTP/1.9\r\nHost: mirror\r\n\r\n" + next, gets: [.a, .b]),
    .init(
      clause: "RFC 9112 §9.6", title: "close", sends: get("a", "Connection: close") + next,
      gets: [.init(status: 200, headers: ["connection": "close"], body: content)], closes: true),
    .init(
      clause: "RFC 9112 §9.3", title: "HTTP/1.0", sends: "GET \(base)/a HTTP/1.0\r\n\r\n" + next,
      gets: [.init(status: 200, headers: ["connection": "close"], body: content)], closes: true),
    .init(
      clause: "RFC 9112 §9.3", title: "HTTP/1.0 that stays",
      sends: "GET \(base)/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + next,
      gets: [.init(status: 200, headers: ["connection": "keep-alive"], body: content), .b]),
    .init(
      clause: "RFC 9112 §6.3", title: "content of a GET is no request",
      sends: get("a", "Content-Length: \(next.utf8.count)") + next + next, gets: [.a, .b]),
    .init(
      clause: "RFC 9112 §5.1", title: "names without regard to case, values without the space around them",
      sends: "GET \(base)/a HTTP/1.1\r\nhOST: \t mirror \t\r\ncontent-LENGTH:\t3 \r\n\r\nxyz" + next, gets: [.a, .b]),
    .init(
      clause: "RFC 9110 §7.8", title: "Upgrade is ignored",
      sends: get("a", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk") + next,
      gets: [.a, .b]),
    .init(
      clause: "RFC 9112 §7.1", title: "chunked content ends the connection",
      sends: get("a", "Transfer-Encoding: chunked") + "3\r\nabc\r\n0\r\n\r\n" + next,
      gets: [.init(status: 200, headers: ["connection": "close"], body: content)], closes: true),
    .init(
      clause: "RFC 9112 §7.1.1", title: "chunks with extensions and trailers",
      sends: get("a", "Transfer-Encoding: chunked") + "3;a=b\r\nabc\r\nA \r\n0123456789\r\n0\r\nX: 1\r\n\r\n" + next,
      gets: [.init(status: 200, headers: ["connection": "close"], body: content)], closes: true),
    .init(
      clause: "MAAS 3.5", title: "five stray bytes behind a GET",
      sends: get() + "0\r\n\r\n" + next + "0\r\n\r\n" + get(), gets: [.a, .b, .a]),
  ]

  /// What is refused; the request in front of it is answered as if nothing were.
  static let refusals: [ConformanceCase] = [
    ("RFC 9112 §3.2", "no Host", "GET / HTTP/1.1\r\n\r\n", 400),
    ("RFC 9112 §3.2", "two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("RFC 9112 §3.2", "two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("RFC 9112 §3.2", "a Host that is none", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    ("RFC 3986 §3.2", "a Host with a port that is none", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400),
    ("RFC 3986 §3.2", "a Host with two ports", "GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n", 400),
    ("RFC 3986 §3.2.2", "a Host that breaks off", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
    ("RFC 3986 §3.2.2", "a Host whose address is none", "GET / HTTP/1.1\r\nHost: [gg]\r\n\r\n", 400),
    ("RFC 3986 §2.1", "a Host with half an escape", "GET / HTTP/1.1\r\nHost: %zz\r\n\r\n", 400),
    ("RFC 9112 §6.3", "two Content-Lengths", get("a", "Content-Length: 3", "Content-Length: 4") + "xyz", 400),
    ("RFC 9112 §6.3", "two equal Content-Lengths", get("a", "Content-Length: 3", "Content-Length: 3") + "xyz", 400),
    ("RFC 9112 §6.3", "a list of Content-Lengths", get("a", "Content-Length: 3, 3") + "xyz", 400),
    ("RFC 9110 §8.6", "a Content-Length with a sign", get("a", "Content-Length: +3") + "xyz", 400),
    ("RFC 9110 §8.6", "a negative Content-Length", get("a", "Content-Length: -1"), 400),
    ("RFC 9110 §8.6", "an empty Content-Length", get("a", "Content-Length:"), 400),
    ("RFC 9110 §8.6", "a hexadecimal Content-Length", get("a", "Content-Length: 0x3") + "xyz", 400),
    ("RFC 9110 §8.6", "a Content-Length that no number holds", get("a", "Content-Length: 99999999999999999999"), 413),
    (
      "RFC 9112 §6.1", "Content-Length and Transfer-Encoding",
      get("a", "Content-Length: 3", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400
    ),
    (
      "RFC 9112 §6.1", "Transfer-Encoding and Content-Length",
      get("a", "Transfer-Encoding: chunked", "Content-Length: 3") + "0\r\n\r\n", 400
    ),
    ("RFC 9112 §6.1", "an unknown Transfer-Encoding", get("a", "Transfer-Encoding: gzip, chunked") + "0\r\n\r\n", 501),
    (
      "RFC 9112 §6.3", "chunked that is not the last", get("a", "Transfer-Encoding: chunked, identity") + "0\r\n\r\n",
      501
    ),
    (
      "RFC 9112 §6.1", "chunked twice",
      get("a", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n", 501
    ),
    ("RFC 9112 §6.1", "chunked under another name", get("a", "Transfer-Encoding: \u{B}chunked") + "0\r\n\r\n", 400),
    (
      "RFC 9112 §6.1", "Transfer-Encoding in HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400
    ),
    ("RFC 9112 §7.1", "a malformed chunk", get("a", "Transfer-Encoding: chunked") + "x\r\n", 400),
    ("RFC 9112 §5.2", "a field that goes on", get("a", "X: 1\r\n 2"), 400),
    ("RFC 9112 §5.2", "a first field that goes on", "GET / HTTP/1.1\r\n X: 1\r\nHost: a\r\n\r\n", 400),
    ("RFC 9112 §5.1", "a space before the colon", get("a", "Content-Length : 3"), 400),
    ("RFC 9112 §5.1", "a field without a colon", get("a", "X"), 400),
    ("RFC 9112 §5.1", "a field without a name", get("a", ": 3"), 400),
    ("RFC 9110 §5.6.2", "a name that is no token", get("a", "X(Y): 3"), 400),
    ("RFC 9112 §2.2", "LF alone before a request", "\n" + get(), 400),
    ("RFC 9112 §2.2", "CR alone before a request", "\r" + get(), 400),
    ("RFC 9112 §2.2", "empty lines without end", String(repeating: "\r\n", count: 9) + get(), 400),
    ("RFC 9112 §2.2", "LF alone", "GET / HTTP/1.1\nHost: a\n\n", 400),
    ("RFC 9112 §2.2", "LF alone at the end of a field", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", 400),
    ("RFC 9112 §2.2", "LF alone at the end of the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    ("RFC 9112 §2.2", "CR alone", get("a", "X: 1\rContent-Length: 3"), 400),
    ("RFC 9112 §2.2", "CR alone in the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("RFC 9112 §2.2", "CR CR LF", get("a", "X: 1\r"), 400),
    ("RFC 9110 §5.5", "NUL in a value", get("a", "X: 1\u{0}2"), 400),
    ("RFC 9110 §5.5", "NUL in a target", get("a\u{0}"), 400),
    ("RFC 9110 §5.5", "a control character", get("a", "X: 1\u{8}2"), 400),
    ("RFC 9112 §3", "two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("RFC 9112 §3", "a tab for a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("RFC 9112 §3", "a space in the target", get("a b"), 400),
    ("RFC 9112 §3.2", "a target that is not ASCII", get("é"), 400),
    ("RFC 9112 §3", "no version", "GET /\r\n\r\n", 400),
    ("RFC 9112 §2.3", "a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    ("RFC 9110 §15.6.6", "HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("RFC 9113 §3.4", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("RFC 9110 §15.6.2", "an unknown method", get(method: "FROBNICATE"), 501),
    ("RFC 9110 §9.1", "a method in lower case", get(method: "get"), 501),
    ("RFC 9112 §7.1.1", "something else behind a size", get("a", "Transfer-Encoding: chunked") + "0 x\r\n\r\n", 400),
    ("RFC 9110 §5.5", "CR in an extension", get("a", "Transfer-Encoding: chunked") + "0;a\rb\r\n\r\n", 400),
    ("RFC 9110 §5.5", "NUL in a trailer", get("a", "Transfer-Encoding: chunked") + "0\r\nX: \u{0}\r\n\r\n", 400),
    ("RFC 9112 §7.1", "a chunk that is too long", get("a", "Transfer-Encoding: chunked") + "100001\r\n", 413),
    ("RFC 9112 §7.1", "a chunk without its end", get("a", "Transfer-Encoding: chunked") + "3\r\nabcd\r\n", 400),
    ("RFC 9112 §7.1", "a chunk that ends with LF alone", get("a", "Transfer-Encoding: chunked") + "3\nabc\n", 400),
    (
      "RFC 9112 §7.1", "a chunk size that no number holds", get("a", "Transfer-Encoding: chunked") + "fffffffff\r\n",
      400
    ),
    ("RFC 9110 §15.5.15", "a target that is too long", get(String(repeating: "a", count: 9000)), 414),
    ("RFC 6585 §5", "a field that is too long", get("a", "X: " + String(repeating: "a", count: 9000)), 431),
    ("RFC 6585 §5", "too many fields", get("a", Array(repeating: "X: 1", count: 101).joined(separator: "\r\n")), 431),
    (
      "RFC 6585 §5", "a header that is too long",
      get("a", Array(repeating: "X: " + String(repeating: "a", count: 4000), count: 9).joined(separator: "\r\n")), 431
    ),
    ("RFC 9110 §15.5.14", "too much content", get("a", "Content-Length: 1048577", method: "PUT"), 413),
    ("RFC 8446 §4.1.2", "the start of TLS", "\u{16}\u{3}\u{1}\u{0}\u{5}", 400),
  ].map { clause, title, sends, status in
    .init(clause: clause, title: title, sends: next + sends + next, gets: [.b, .refused(status)], closes: true)
  }
}
