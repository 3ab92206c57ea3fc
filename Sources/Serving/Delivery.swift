/// An answer that brought a client something of a file that is published.
struct Delivery: Sendable {
  let visitor: Visitor
  let file: TreeView.Entry
  var part: TakenPart
  /// Of the body.
  var bytes: Int64
  /// Seconds since 1970.
  let time: Int64

  /// `nil` for any other answer.
  /// - Parameter received: bytes of the body that the client has; `nil` for all of them.
  init?(_ exchange: OpenExchange, received: Int64?, time: Int64) {
    guard let file = exchange.file, file.publication != nil, exchange.request?.method == .get,
      [200, 206, 304].contains(exchange.status)
    else { return nil }
    self.init(
      visitor: exchange.visitor, file: file, part: TakenPart(exchange.body, received: received),
      bytes: received ?? exchange.sent, time: time)
  }

  init(visitor: Visitor, file: TreeView.Entry, part: TakenPart, bytes: Int64, time: Int64) {
    self.visitor = visitor
    self.file = file
    self.part = part
    self.bytes = bytes
    self.time = time
  }
}
