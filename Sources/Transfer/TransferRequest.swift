/// One file to fetch, and what it may be.
package struct TransferRequest: Sendable {
  package var url: RemoteURL
  /// How many bytes the sink has already; the rest is asked for.
  package var resumeAt: Int64
  /// Which version the held bytes are of, so that the rest is not of another one (RFC 9110 §13.1.5): the server then
  /// starts over by itself. `nil` where that is not known.
  package var resumesVersion: Validators?
  /// Set: a conditional request, which can end in a 304 and no body.
  package var validators: Validators?
  /// The most bytes that the whole body may have, the resumed part included. One more is an error.
  package var byteLimit: Int64
  /// The whole body's length, if it is known beforehand. A server that announces another fails at once.
  package var expectedLength: Int64?
  /// Whether the server may compress the body on its way. The sink gets it decompressed, within the byte limit.
  /// A transfer that resumes is never compressed: ranges would count compressed bytes.
  package var acceptsEncoding: Bool
  /// Seconds that the whole of it may take. `nil` for a file whose length says how long it is worth waiting.
  package var timeLimit: Int?

  package init(
    url: RemoteURL, resumeAt: Int64 = 0, validators: Validators? = nil, byteLimit: Int64,
    expectedLength: Int64? = nil, acceptsEncoding: Bool = false, timeLimit: Int? = nil
  ) {
    self.url = url
    self.resumeAt = resumeAt
    self.validators = validators
    self.byteLimit = byteLimit
    self.expectedLength = expectedLength
    self.acceptsEncoding = acceptsEncoding
    self.timeLimit = timeLimit
  }

  /// Up to this size what a file costs is the way there and back, not its bytes.
  package static let smallBody: Int64 = 64 << 10

  /// Whether a sink that stands there has all of a body whose length is known.
  package func isWhole(at position: Int64) -> Bool { position > 0 && position == expectedLength }

  /// Whether the whole body is known to be that small.
  var isSmall: Bool { expectedLength.map { $0 <= Self.smallBody } ?? false }
  var asksForEncoding: Bool { acceptsEncoding && resumeAt == 0 }
}
