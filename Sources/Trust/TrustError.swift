/// Why a signature, a keyring or a key is not good enough. Each says what, which key, when, and what to do.
package enum TrustError: Error, Hashable, Sendable {
  // What arrived cannot be trusted.
  case malformed(object: String, reason: String)
  case notSigned(object: String)
  case badSignature(object: String, key: String)
  case unknownKey(object: String, key: String, known: [String])
  case expiredKey(object: String, key: String, expired: Int64?)
  case expiredSignature(object: String, key: String, expired: Int64?)
  case revokedKey(object: String, key: String)
  case weakHash(object: String, key: String, algorithm: String)
  case fromTheFuture(object: String, key: String, signed: Int64, now: Int64)
  case unusable(object: String, key: String, reason: String)

  // The operator.
  case keyring(path: String, reason: String)
  case noSuchKey(fingerprint: String, home: String)
  case severalKeys(home: String, fingerprints: [String])

  // The machine.
  case gnupg(operation: String, reason: String)
}
