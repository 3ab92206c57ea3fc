import NIOHTTP1

/// The head of a response, with what depends on the connection rather than on the tree.
enum ResponseHead {
  static func of(
    _ answer: Answer, to request: HTTPRequestHead, keepAlive: Bool, date: Int64
  ) -> HTTPResponseHead {
    var headers = HTTPHeaders()
    headers.add(name: "Date", value: HTTPDate.text(date))
    headers.add(name: "Server", value: "maas-mirror")
    for (name, value) in answer.headers { headers.add(name: name, value: value) }
    // RFC 9110 §8.6: never with 204; with 304 it would have to be the length of the file.
    if answer.status != 304, answer.status != 204 { headers.add(name: "Content-Length", value: "\(answer.length)") }
    if !keepAlive {
      headers.add(name: "Connection", value: "close")
    } else if request.version.minor == 0 {
      headers.add(name: "Connection", value: "keep-alive")
    }
    return HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
  }
}
