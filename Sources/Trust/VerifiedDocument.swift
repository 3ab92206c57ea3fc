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

  init(payload: [UInt8], assurance: Assurance) {
    self.payload = payload
    self.assurance = assurance
  }

  /// For a source that the operator declared to be unsigned.
  package static func acceptedWithoutSignature(_ bytes: [UInt8]) -> VerifiedDocument {
    VerifiedDocument(payload: bytes, assurance: .unsigned)
  }

  /// For a payload that was verified when it came in, and whose hash has vouched for it since.
  package static func acceptedBefore(_ payload: [UInt8], assurance: Assurance) -> VerifiedDocument {
    VerifiedDocument(payload: payload, assurance: assurance)
  }
}
