/// Who vouches for a document.
package enum Assurance: Sendable, Hashable {
  /// - at: when it was signed, in seconds since 1970.
  case signed(by: Fingerprint, at: Int64)
  /// The operator said `unsigned = true`.
  case unsigned
}

/// Bytes that a signature covers. Only verification makes one, and the two named exceptions below.
package struct VerifiedDocument: Sendable {
  package let payload: [UInt8]
  package let assurance: Assurance
  /// When the signature or its key ends, in seconds since 1970: from then on it would be refused.
  package let goodUntil: Int64?

  init(payload: [UInt8], assurance: Assurance, goodUntil: Int64? = nil) {
    self.payload = payload
    self.assurance = assurance
    self.goodUntil = goodUntil
  }

  /// For a source that the operator declared to be unsigned.
  package static func acceptedWithoutSignature(_ bytes: [UInt8]) -> VerifiedDocument {
    VerifiedDocument(payload: bytes, assurance: .unsigned)
  }

  /// For a payload that was verified when it came in, and whose hash has vouched for it since.
  package static func acceptedBefore(
    _ payload: [UInt8], assurance: Assurance, goodUntil: Int64? = nil
  ) -> VerifiedDocument {
    VerifiedDocument(payload: payload, assurance: assurance, goodUntil: goodUntil)
  }
}
