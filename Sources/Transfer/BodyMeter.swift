/// Counts a body as it arrives and holds it to its limits.
struct BodyMeter: Hashable, Sendable {
  private let url: RemoteURL
  private let limit: Int64
  /// What the head or the request says the whole body has.
  private let length: Int64?
  private(set) var position: Int64

  init(_ head: ResponseHead, for request: TransferRequest) {
    url = request.url
    limit = request.byteLimit
    length = head.length ?? request.expectedLength
    position = head.startsAt
  }

  /// To be asked before bytes go on: those that would break a limit never reach the sink.
  mutating func count(_ bytes: Int) throws(TransferError) {
    let next = position + Int64(bytes)
    if let length, next > length { throw .wrongLength(url, expected: length, actual: next) }
    if next > limit { throw .tooLong(url, limit: limit) }
    position = next
  }

  func finish() throws(TransferError) {
    if let length, position < length { throw .truncated(url, received: position, expected: length) }
  }

  var truncation: TransferError { .truncated(url, received: position, expected: length) }
}
