import NIOCore
import NIOHTTP1

/// Sees what goes in and out of one connection, and tells of each exchange when it begins and ends. It changes nothing.
/// Lives on the connection's event loop, right before the handler that answers, which takes one request at a time.
final class ExchangeObserver: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart

  private final class Exchange {
    var record: ExchangeRecord
    let start = NIODeadline.now()
    var isAnswered = false
    var isOver = false

    init(_ record: ExchangeRecord) { self.record = record }
  }

  private let ledger: ExchangeLedger
  private var current: Exchange?
  private var client = "-"

  init(ledger: ExchangeLedger) { self.ledger = ledger }

  func handlerAdded(context: ChannelHandlerContext) {
    client = ClientAddress.of(context.channel.remoteAddress) ?? "-"
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = Self.unwrapInboundIn(data) {
      current = Exchange(
        ExchangeRecord(
          client: client, time: 0, method: head.method.rawValue, target: head.uri,
          version: "HTTP/\(head.version.major).\(head.version.minor)", status: 0, sent: 0, duration: 0, firstByte: nil,
          range: head.headers.first(name: "Range"), agent: head.headers.first(name: "User-Agent"),
          publication: ledger.publication(of: head.uri), isComplete: false))
      ledger.begin()
    }
    context.fireChannelRead(data)
  }

  /// A request that is refused before it is read through never comes as a head; its answer is an exchange all the same.
  private func refused() -> Exchange {
    ledger.begin()
    return Exchange(
      ExchangeRecord(
        client: client, time: 0, method: "-", target: "-", version: "-", status: 0, sent: 0, duration: 0,
        firstByte: nil,
        range: nil, agent: nil, publication: nil, isComplete: false))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let current = self.current.flatMap { $0.isAnswered ? nil : $0 } ?? refused()
    self.current = current
    let promise = promise ?? context.eventLoop.makePromise()
    let bound = NIOLoopBound((self, current), eventLoop: context.eventLoop)
    switch Self.unwrapOutboundIn(data) {
    case .head(let head):
      // An interim answer is not yet the answer.
      if head.status.code >= 200 {
        current.record.status = Int(head.status.code)
        promise.futureResult.whenSuccess {
          let exchange = bound.value.1
          exchange.record.firstByte = Self.age(of: exchange)
        }
      }
    case .body(let body):
      let count = Int64(body.readableBytes)
      promise.futureResult.whenSuccess { bound.value.1.record.sent += count }
    case .end:
      current.isAnswered = true
      promise.futureResult.whenComplete { result in
        let (observer, exchange) = bound.value
        if case .success = result { exchange.record.isComplete = true }
        observer.end(exchange)
      }
    }
    context.write(data, promise: promise)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let current, !current.isAnswered { end(current) }
    context.fireChannelInactive()
  }

  private func end(_ exchange: Exchange) {
    if exchange.isOver { return }
    exchange.isOver = true
    exchange.record.duration = Self.age(of: exchange)
    ledger.end(exchange.record)
    if current === exchange { current = nil }
  }

  private static func age(of exchange: Exchange) -> Int64 { (NIODeadline.now() - exchange.start).nanoseconds }
}
