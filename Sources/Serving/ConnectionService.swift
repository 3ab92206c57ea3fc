import NIOCore

/// What all connections of a server share.
struct ConnectionService: Sendable {
  let responder: @Sendable () -> Responder
  let opener: BlobOpener
  let ledger: ExchangeLedger
  let now: @Sendable () -> Int64
  let log: @Sendable (String) -> Void

  /// - Parameter request: `nil` for one that is refused before its head was read through; its answer is an exchange all
  ///   the same.
  func begin(_ request: Request?, from client: String) -> OpenExchange {
    ledger.begin()
    return OpenExchange(request: request, client: client)
  }

  func end(_ exchange: OpenExchange, isComplete: Bool) { ledger.end(exchange, isComplete: isComplete) }

  /// Writes the head of an answer, with what depends on the connection rather than on the tree.
  func write(_ answer: Answer, to request: Request?, isLast: Bool, into bytes: inout ByteBuffer) {
    bytes.writeStaticString(StatusLine.of(answer.status))
    bytes.writeStaticString("\r\nDate: ")
    bytes.writeString(HTTPDate.text(now()))
    bytes.writeStaticString("\r\nServer: maas-mirror\r\n")
    for (name, value) in answer.headers {
      bytes.writeString(name)
      bytes.writeStaticString(": ")
      bytes.writeString(value)
      bytes.writeStaticString("\r\n")
    }
    // RFC 9110 §8.6: never with 204; with 304 it would have to be the length of the file.
    if answer.status != 304, answer.status != 204 {
      bytes.writeStaticString("Content-Length: ")
      bytes.writeString("\(answer.length)")
      bytes.writeStaticString("\r\n")
    }
    if isLast {
      bytes.writeStaticString("Connection: close\r\n\r\n")
    } else if request?.isOld ?? false {
      bytes.writeStaticString("Connection: keep-alive\r\n\r\n")
    } else {
      bytes.writeStaticString("\r\n")
    }
  }
}

extension ByteBuffer {
  /// Appends a piece of an answer, whose ranges are of the bytes of a small blob.
  mutating func write(_ piece: Answer.Piece, of blob: ByteBuffer) {
    switch piece {
    case .bytes(let bytes): writeBytes(bytes)
    case .range(let range):
      // The whole of it was read, and has the size that the answer was made for.
      if let slice = blob.getSlice(at: Int(range.lowerBound), length: range.count) { writeImmutableBuffer(slice) }
    }
  }
}
