/// One request and what became of it, as the access log and the metrics tell it.
struct ExchangeRecord: Sendable {
  var client: String
  /// Seconds since 1970, at the end of the exchange.
  var time: Int64
  /// `nil` for one that was refused before its head was read through.
  var request: Request?
  /// 0 where the connection ended before an answer began.
  var status: Int
  /// Bytes of the body that the system took to send; of an answer that was cut, those that the client's system acknowledged,
  /// and where its end came unannounced the whole pieces that were sent.
  var sent: Int64
  /// Nanoseconds from the end of the request's head.
  var duration: Int64
  /// Nanoseconds until the head of the answer was taken; `nil` if that never was.
  var firstByte: Int64?
  /// A path that is published; requests for anything else belong to none.
  var publication: String?
  /// Whether all of the answer was sent.
  var isComplete: Bool
}
