/// Why a request is not taken, before anyone asks what it is for. It is the last on its connection: where the next one
/// would begin is a matter of opinion, and that is what request smuggling lives on (RFC 9112 §11.2).
struct Refusal: Error, Sendable, Equatable {
  var status: Int
  var reason: String

  init(_ status: Int, _ reason: String) {
    self.status = status
    self.reason = reason
  }

  static func malformed(_ reason: String) -> Refusal { Refusal(400, reason) }

  static let tooMuchContent = Refusal(
    413, "nothing here takes content, and more than \(RequestFraming.limit) bytes are not read")

  /// RFC 9110 §15.5.9.
  static let tooSlow = Refusal(408, "the request did not arrive in its time (header_timeout)")

  var answer: Answer { .text(status, reason) }
}
