/// What becomes of a response, decided from its head alone.
enum ResponseVerdict: Hashable, Sendable {
  /// Its body goes to the sink.
  case deliver(ResponseHead)
  /// The document has not changed; there is no body.
  case unchanged(ResponseHead)
  /// curl goes on to the address it names.
  case follow
  /// A status that is an error. Its body is read to its end if that is near, which keeps the connection.
  case refuse(TransferError)

  init(_ fields: ResponseFields, to request: TransferRequest, retryAfter: Int?) throws(TransferError) {
    switch fields.status {
    case 200, 206:
      self = .deliver(try Self.head(of: fields, for: request, retryAfter: retryAfter))
    case 304 where request.validators?.isEmpty == false:
      self = .unchanged(
        ResponseHead(
          status: 304, validators: fields.validators, contentType: fields.contentType, retryAfter: retryAfter))
    case 416 where request.resumeAt > 0:
      self = .refuse(.rangeRefused(request.url, at: request.resumeAt))
    case _ where fields.isRedirect:
      self = .follow
    default:
      self = .refuse(.status(request.url, code: fields.status, retryAfter: retryAfter))
    }
  }

  private static func head(
    of fields: ResponseFields, for request: TransferRequest, retryAfter: Int?
  ) throws(TransferError) -> ResponseHead {
    var head = ResponseHead(
      status: fields.status, validators: fields.validators, contentType: fields.contentType,
      contentEncoding: fields.contentEncoding, retryAfter: retryAfter)
    let isEncoded = fields.contentEncoding.map { !$0.isEmpty && $0.lowercased() != "identity" } ?? false
    if isEncoded && !request.asksForEncoding {
      let encoding = Redaction([]).scrub(fields.contentEncoding ?? "")
      throw .unexpectedEncoding(request.url, encoding: encoding)
    }
    if fields.status == 206 {
      let range = fields.contentRange.flatMap(ContentRange.init)
      guard let range, request.resumeAt > 0, range.first == request.resumeAt else {
        throw .wrongRange(request.url, asked: request.resumeAt, answered: range?.first)
      }
      head.startsAt = range.first
      head.length = range.total
    } else if !isEncoded && fields.transferEncoding == nil {
      // RFC 9112 §6.3: beside a Transfer-Encoding, a Content-Length says nothing.
      head.length = fields.contentLength.flatMap(ContentRange.number)
    }
    if let length = head.length {
      if let expected = request.expectedLength, length != expected {
        throw .wrongLength(request.url, expected: expected, actual: length)
      }
      if length > request.byteLimit { throw .tooLong(request.url, limit: request.byteLimit) }
    }
    return head
  }
}
