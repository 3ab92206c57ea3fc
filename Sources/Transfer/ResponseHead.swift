/// What a server said about a body before it sent it.
package struct ResponseHead: Hashable, Sendable {
  /// 200, 206 or 304.
  package var status: Int
  /// The offset of the body's first byte: 0 for 200, and for 206 what was asked for.
  package var startsAt: Int64
  /// The length of the whole body, the part before `startsAt` included; `nil` if the server does not say.
  package var length: Int64?
  package var validators: Validators
  package var contentType: String?
  /// As on the wire. The sink's bytes are decoded already.
  package var contentEncoding: String?
  /// Seconds.
  package var retryAfter: Int?

  package init(
    status: Int, startsAt: Int64 = 0, length: Int64? = nil, validators: Validators = Validators(),
    contentType: String? = nil, contentEncoding: String? = nil, retryAfter: Int? = nil
  ) {
    self.status = status
    self.startsAt = startsAt
    self.length = length
    self.validators = validators
    self.contentType = contentType
    self.contentEncoding = contentEncoding
    self.retryAfter = retryAfter
  }
}
