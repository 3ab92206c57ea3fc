import NIOCore

/// A request that is being answered, and how far that has come.
final class OpenExchange {
  let request: Request?
  let visitor: Visitor
  let start: NIODeadline
  /// The file that the answer is about.
  private(set) var file: TreeView.Entry?
  /// 0 until an answer begins.
  private(set) var status = 0
  /// Bytes of the body that the system took to send.
  var sent: Int64 = 0
  private(set) var bodyStart: Int64 = 0
  private(set) var body = Answer.Body.none
  /// Whether the body is larger than what is believed to arrive when it is sent.
  var isLarge = false
  /// Of an answer that was cut, the bytes of its body that the client has; `nil` where that is not known.
  private(set) var received: Int64?
  /// When the head of the answer was taken.
  private(set) var firstByte: NIODeadline?

  init(request: Request?, visitor: Visitor, start: NIODeadline) {
    self.request = request
    self.visitor = visitor
    self.start = start
  }

  /// - Parameter bodyStart: which of the connection's bytes is the first of the body.
  func begin(_ answer: Answer, bodyStart: Int64) {
    status = answer.status
    file = answer.file
    body = answer.body
    self.bodyStart = bodyStart
  }

  /// What became of an answer that was cut.
  /// - Parameter taken: bytes that the client has since the connection began; `nil` where nobody knows.
  func end(at taken: Int64?) {
    guard let taken, status != 0 else { return }
    sent = max(0, taken - bodyStart)
    received = sent
  }

  func tookFirstByte(at time: NIODeadline) { if firstByte == nil { firstByte = time } }
}
