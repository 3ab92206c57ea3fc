import NIOCore
import NIOPosix

/// What the connections of one event loop share, so that none of them waits for another loop.
///
/// `@unchecked Sendable`: it is made for one event loop, and touched on that loop alone.
final class LoopService: @unchecked Sendable {
  private let service: ConnectionService
  private var responder: Responder
  private var generation: Int
  /// A buffer that is used again for each small answer, unless the last one still waits for its reader.
  private var bytes = ByteBuffer()
  private var date: (second: Int64, line: [UInt8]) = (.min, [])

  init(_ service: ConnectionService) {
    self.service = service
    generation = service.generation()
    responder = service.responder()
  }

  var opener: BlobOpener { service.opener }

  func log(_ line: String) { service.log(line) }

  func answer(_ request: Request) -> Answer {
    let current = service.generation()
    if current != generation { (responder, generation) = (service.responder(), current) }
    return responder.answer(request)
  }

  /// For what has to look at the disk; the loop goes on meanwhile.
  func answerFromDisk(_ request: Request, on loop: any EventLoop) -> EventLoopFuture<Answer> {
    let responder = service.responder()
    return NIOThreadPool.singleton.runIfActive(eventLoop: loop) { responder.answer(request) }
  }

  /// - Parameter request: `nil` for one that is refused before its head was read through; its answer is an exchange all
  ///   the same.
  func begin(_ request: Request?, from client: String, at start: NIODeadline) -> OpenExchange {
    service.ledger.begin()
    return OpenExchange(request: request, client: client, start: start)
  }

  func end(_ exchange: OpenExchange, isComplete: Bool, at end: NIODeadline) {
    service.ledger.end(exchange, isComplete: isComplete, at: end, time: service.now())
  }

  /// The head of an answer, with what depends on the connection rather than on the tree, and what stands behind it.
  /// - Parameters:
  ///   - room: for the body.
  ///   - body: appends it, in place: a copy of the buffer would be copied whole as soon as it is written to.
  func compose(
    _ answer: Answer, to request: Request?, isLast: Bool, room: Int, body: (inout ByteBuffer) -> Void
  ) -> ByteBuffer {
    bytes.clear(minimumCapacity: 1024 + answer.ready.count + room)
    bytes.writeStaticString(StatusLine.of(answer.status))
    bytes.writeBytes(dateLine)
    bytes.writeBytes(answer.ready)
    for (name, value) in answer.headers {
      bytes.writeString(name)
      bytes.writeStaticString(": ")
      bytes.writeString(value)
      bytes.writeStaticString("\r\n")
    }
    // RFC 9110 §8.6: never with 204; with 304 it would have to be the length of the file.
    if answer.status != 304, answer.status != 204 {
      bytes.writeStaticString("Content-Length: ")
      bytes.writeDecimal(answer.length)
      bytes.writeStaticString("\r\n")
    }
    if isLast {
      bytes.writeStaticString("Connection: close\r\n")
    } else if request?.isOld ?? false {
      bytes.writeStaticString("Connection: keep-alive\r\n")
    }
    bytes.writeStaticString("\r\n")
    body(&bytes)
    return bytes
  }

  private var dateLine: [UInt8] {
    let now = service.now()
    if now != date.second {
      date = (now, Array("\r\nDate: \(HTTPDate.text(now))\r\nServer: maas-mirror\r\n".utf8))
    }
    return date.line
  }
}

extension ByteBuffer {
  mutating func writeDecimal(_ number: Int64) {
    if number >= 10 { writeDecimal(number / 10) }
    writeInteger(UInt8(ascii: "0") + UInt8(number % 10))
  }

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
