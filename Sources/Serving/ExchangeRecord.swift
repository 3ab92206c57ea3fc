/// One request and what became of it, as the access log and the metrics tell it.
package struct ExchangeRecord: Sendable, Equatable {
  package var client: String
  /// Seconds since 1970, at the end of the exchange.
  package var time: Int64
  package var method: String
  package var target: String
  /// `HTTP/1.1`.
  package var version: String
  /// 0 where the connection ended before an answer began.
  package var status: Int
  /// Bytes of the body that the system took to send; of a transfer that was cut, its whole pieces.
  package var sent: Int64
  /// Nanoseconds from the end of the request's head.
  package var duration: Int64
  /// Nanoseconds until the head of the answer was taken; `nil` if that never was.
  package var firstByte: Int64?
  package var range: String?
  package var agent: String?
  /// A path that is published; requests for anything else belong to none.
  package var publication: String?
  /// Whether all of the answer was sent.
  package var isComplete: Bool
}
