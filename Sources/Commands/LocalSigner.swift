import Mirroring
import Storage
import Trust

/// Signs with the key in our GnuPG home.
struct LocalSigner: DocumentSigner {
  let home: SigningHome
  let key: Fingerprint
  /// Every key that a publication may be signed with: while a new key takes over from an old one, a region needs both.
  let trusted: [Fingerprint]

  var fingerprint: String { key.hex }

  func keyring() throws -> [UInt8] {
    try Self.namingTheDisk(of: home.path) { try trusted.flatMap { try home.publicKeyring($0) } }
  }

  func clearSign(_ payload: [UInt8]) throws -> [UInt8] {
    try Self.namingTheDisk(of: home.path) { try home.clearSign(payload, with: key) }
  }

  func detachSign(_ payload: [UInt8]) throws -> [UInt8] {
    try Self.namingTheDisk(of: home.path) { try home.detachSign(payload, with: key) }
  }

  /// With a clock that was set back gpg signs nothing, and exports a key as one that nobody vouches for: regions would get a
  /// keyring that verifies nothing.
  static func require(_ key: KeyFacts, madeBefore now: Int64) throws(TrustError) {
    if key.created > now { throw .keyFromTheFuture(key: key.fingerprint.hex, created: key.created, now: now) }
  }

  /// gpg makes a lock in its home even to read from it. On a disk that is full or fails it says that there is no key, or no
  /// agent.
  static func namingTheDisk<Value>(of home: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as TrustError {
      guard case .gnupg = error, let reason = WriteTrial.failure(in: home) else { throw error }
      // What is wrong with the folder itself, the error says better.
      if case .system(_, _, _, .folder) = reason { throw error }
      throw reason
    }
  }
}
