/// Why a signature, a keyring or a key is not good enough. Each says what, which key, when, and what to do.
package enum TrustError: Error, Hashable, Sendable {
  // What arrived cannot be trusted.
  case malformed(object: String, reason: String)
  case notSigned(object: String)
  case malformedSignature(object: String, reason: String)
  case badSignature(object: String, key: String)
  case unknownKey(object: String, key: String, signed: Int64, known: [String])
  case expiredKey(object: String, key: String, expired: Int64?)
  case expiredSignature(object: String, key: String, expired: Int64?)
  case revokedKey(object: String, key: String, signed: Int64)
  case weakHash(object: String, key: String, signed: Int64, algorithm: String)
  case fromTheFuture(object: String, key: String, signed: Int64, now: Int64)
  case unusable(object: String, key: String, signed: Int64, reason: String)

  /// What we are to sign would not come back from its signature as it was.
  case unsignable(reason: String)

  // The operator.
  case keyring(path: String, reason: String, wanted: KeyFileKind = .publicKeys)
  case noSuchKey(fingerprint: String, home: String)
  case severalKeys(home: String, fingerprints: [String])
  case cannotSign(key: String, home: String, fault: KeyFault)

  // The machine.
  case keyFromTheFuture(key: String, created: Int64, now: Int64)
  case gnupg(operation: String, reason: String, remedy: Remedy = .packages)

  package enum KeyFileKind: Hashable, Sendable { case publicKeys, secretKey }
  /// Why a key that is there signs nothing.
  package enum KeyFault: Hashable, Sendable {
    case expired(Int64)
    case revoked
    case asksForPassphrase
  }
  package enum Remedy: Hashable, Sendable { case packages, folder }
}
