/// The first lines of the answers that are given here (RFC 9110 §15).
enum StatusLine {
  static func of(_ status: Int) -> StaticString {
    switch status {
    case 200: "HTTP/1.1 200 OK"
    case 204: "HTTP/1.1 204 No Content"
    case 206: "HTTP/1.1 206 Partial Content"
    case 304: "HTTP/1.1 304 Not Modified"
    case 400: "HTTP/1.1 400 Bad Request"
    case 404: "HTTP/1.1 404 Not Found"
    case 405: "HTTP/1.1 405 Method Not Allowed"
    case 408: "HTTP/1.1 408 Request Timeout"
    case 412: "HTTP/1.1 412 Precondition Failed"
    case 413: "HTTP/1.1 413 Content Too Large"
    case 414: "HTTP/1.1 414 URI Too Long"
    case 416: "HTTP/1.1 416 Range Not Satisfiable"
    case 417: "HTTP/1.1 417 Expectation Failed"
    case 431: "HTTP/1.1 431 Request Header Fields Too Large"
    case 501: "HTTP/1.1 501 Not Implemented"
    case 503: "HTTP/1.1 503 Service Unavailable"
    case 505: "HTTP/1.1 505 HTTP Version Not Supported"
    default: "HTTP/1.1 500 Internal Server Error"
    }
  }
}
