/// The large files of a connection that were sent whole and may not have arrived: what lies in the socket's buffer is lost with
/// a client that goes away, and a file of which that is true was not taken. Lives on the connection's event loop.
final class PendingDeliveries {
  private struct Sent {
    var delivery: Delivery
    var body: Answer.Body
    /// Which of the connection's bytes are its body.
    var place: Range<Int64>
  }

  /// What a socket's buffer can hold of large files.
  private static let limit = 64

  private let book: LoopBook
  private let uptake: Uptake
  private var sent: [Sent] = []

  init(book: LoopBook, uptake: Uptake) { (self.book, self.uptake) = (book, uptake) }

  /// - Parameter time: seconds since 1970.
  func add(_ exchange: OpenExchange, isComplete: Bool, time: Int64) {
    let received = isComplete ? nil : exchange.received ?? 0
    guard let delivery = Delivery(exchange, received: received, time: time) else { return }
    // Whether what is small arrived is not worth a system call.
    guard isComplete, exchange.isLarge else { return book.recent.add(delivery) }
    look()
    if sent.count >= Self.limit { settle(sent.removeFirst(), received: 0) }
    sent.append(
      Sent(delivery: delivery, body: exchange.body, place: exchange.bodyStart..<exchange.bodyStart + exchange.sent))
  }

  /// To be called from time to time: what has arrived meanwhile was taken.
  func look() {
    guard !sent.isEmpty, let taken = uptake.taken else { return }
    while let first = sent.first, first.place.upperBound <= taken {
      book.recent.add(first.delivery)
      sent.removeFirst()
    }
  }

  /// When nothing more is sent, and our half is about to be closed. Whether something is on its way yet.
  func finish() -> Bool {
    look()
    if !sent.isEmpty { uptake.keepSocket() }
    return !sent.isEmpty
  }

  /// When the connection is closed.
  func end() {
    uptake.end()
    let last = uptake.last ?? 0
    for file in sent { settle(file, received: last - file.place.lowerBound) }
    sent = []
  }

  private func settle(_ file: Sent, received: Int64) {
    var delivery = file.delivery
    let received = max(0, received)
    if received + Uptake.closing < Int64(file.place.count) {
      (delivery.part, delivery.bytes) = (TakenPart(file.body, received: received), received)
    }
    book.recent.add(delivery)
  }
}
