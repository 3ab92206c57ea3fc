extension [ScriptedServer.Step] {
  /// A complete, honest answer.
  package static func answer(_ status: String, headers: [String] = [], body: [UInt8] = []) -> [ScriptedServer.Step] {
    let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers
    return [.send(lines.joined(separator: "\r\n") + "\r\n\r\n"), .bytes(body)]
  }

  /// A 206 with everything from the offset that the request asks for, or 200 if it asks for none.
  package static func range(of body: [UInt8], for request: ScriptedServer.Request) -> [ScriptedServer.Step] {
    guard let start = request.rangeStart else { return answer("200 OK", body: body) }
    return answer(
      "206 Partial Content", headers: ["Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)"],
      body: [UInt8](body[start...]))
  }

  /// Announces the whole body and breaks off after some of it.
  package static func truncated(_ body: [UInt8], after count: Int) -> [ScriptedServer.Step] {
    [.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n"), .bytes([UInt8](body[..<count])), .close]
  }
}

extension ScriptedServer.Request {
  package var rangeStart: Int? {
    headers["range"].flatMap { $0.hasPrefix("bytes=") && $0.hasSuffix("-") ? Int($0.dropFirst(6).dropLast()) : nil }
  }
}
