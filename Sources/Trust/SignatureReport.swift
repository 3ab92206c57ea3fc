/// What gpg found about one signature, and what the keyring says of its key.
package struct SignatureReport: Sendable, Hashable {
  package enum Status: Sendable, Hashable {
    case good
    case bad
    case keyMissing
    case keyExpired
    case signatureExpired
    case keyRevoked
    case other(String)
  }

  package var status: Status
  /// The signing (sub)key, or the key id when the key is not known.
  package var key: String
  /// The key that the signing key belongs to.
  package var primary: Fingerprint?
  package var hashAlgorithm: String
  /// Seconds since 1970.
  package var signed: Int64
  package var signatureExpires: Int64?
  package var keyExpires: Int64?
  /// Beside the status: of a key that is expired and revoked, gpg only says that it is expired.
  package var isKeyRevoked: Bool

  package init(
    status: Status, key: String, primary: Fingerprint?, hashAlgorithm: String, signed: Int64,
    signatureExpires: Int64? = nil, keyExpires: Int64? = nil, isKeyRevoked: Bool = false
  ) {
    self.status = status
    self.key = key
    self.primary = primary
    self.hashAlgorithm = hashAlgorithm
    self.signed = signed
    self.signatureExpires = signatureExpires
    self.keyExpires = keyExpires
    self.isKeyRevoked = isKeyRevoked
  }
}
