import NIOCore
import NIOPosix

/// What the connections of one event loop share, so that none of them waits for another loop.
///
/// `@unchecked Sendable`: it is made for one event loop, and touched on that loop alone.
final class LoopService: @unchecked Sendable {
  let book: LoopBook
  let turns = LoopTurns()
  let opener: BlobOpener
  private let service: ConnectionService
  private var responder: Responder
  private var generation: Int
  /// The opening of nearly all answers, which stays the same for a second.
  private var opening: (second: Int64, bytes: [UInt8]) = (.min, [])

  init(_ service: ConnectionService, on loop: any EventLoop) {
    self.service = service
    book = service.ledger.book(on: loop)
    opener = service.opener
    generation = service.generation()
    responder = service.responder()
  }

  var limits: LimitBook { service.limits }

  func log(_ line: String) { service.log(line) }

  func decide(_ request: Request) -> Responder.Decision {
    let current = service.generation()
    if current != generation { (responder, generation) = (service.responder(), current) }
    return responder.decide(request)
  }

  /// Looks at the disk; the loop goes on meanwhile.
  func readiness(on loop: any EventLoop) -> EventLoopFuture<Answer> {
    let responder = service.responder()
    return NIOThreadPool.singleton.runIfActive(eventLoop: loop) { responder.readiness }
  }

  /// - Parameter request: `nil` for one that is refused before its head was read through; its answer is an exchange all
  ///   the same.
  func begin(_ request: Request?, from visitor: Visitor, at start: NIODeadline) -> OpenExchange {
    book.begin()
    turns.attend()
    return OpenExchange(request: request, visitor: visitor, start: start)
  }

  /// - Returns: the time, in seconds since 1970.
  func end(_ exchange: OpenExchange, isComplete: Bool, at end: NIODeadline) -> Int64 {
    let time = service.now()
    book.end(exchange, isComplete: isComplete, at: end, time: time)
    return time
  }

  /// The head of an answer, with what depends on the connection rather than on the tree.
  func head(of answer: Answer, to request: Request?, isLast: Bool) -> OutgoingBytes {
    let connection = Self.connection(request, isLast: isLast)
    return OutgoingBytes(
      opening: connection.map { opening(answer.status, $0) } ?? opening(answer.status),
      lines: answer.isHeadReady ? answer.ready : answer.lines)
  }

  /// HTTP/1.1 goes on where nothing is said, and HTTP/1.0 does not (RFC 9112 §9.3).
  private static func connection(_ request: Request?, isLast: Bool) -> String? {
    if isLast { return "Connection: close\r\n" }
    return request?.isOld ?? false ? "Connection: keep-alive\r\n" : nil
  }

  private func opening(_ status: Int) -> [UInt8] {
    if status != 200 { return opening(status, "") }
    let now = service.now()
    if now != opening.second { opening = (now, opening(status, "")) }
    return opening.bytes
  }

  private func opening(_ status: Int, _ connection: String) -> [UInt8] {
    Array(
      "\(StatusLine.of(status))\r\nDate: \(HTTPDate.text(service.now()))\r\nServer: maas-mirror\r\n\(connection)".utf8)
  }
}

extension Answer {
  /// All lines of the head but those of the opening, with the empty one.
  fileprivate var lines: [UInt8] {
    var lines = ready
    for (name, value) in headers { lines += "\(name): \(value)\r\n".utf8 }
    // RFC 9110 §8.6: never with 204; with 304 it would have to be the length of the file.
    if status != 304, status != 204 { lines += "Content-Length: \(length)\r\n".utf8 }
    lines += "\r\n".utf8
    return lines
  }
}
