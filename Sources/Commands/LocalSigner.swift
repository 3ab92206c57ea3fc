import Mirroring
import Simplestreams
import Storage
import Trust

/// Signs with the key in our GnuPG home.
struct LocalSigner: DocumentSigner {
  let home: SigningHome
  let key: Fingerprint
  /// Every key that a publication may be signed with: while a new key takes over from an old one, a region needs both.
  let trusted: [Fingerprint]
  /// When the key ends, in seconds since 1970.
  var expires: Int64?

  var fingerprint: String { key.hex }

  func keyring() throws -> [UInt8] {
    try Self.namingTheDisk(of: home.path) { try trusted.flatMap { try home.publicKeyring($0) } }
  }

  func clearSign(_ payload: any ByteSource, to sink: @escaping (UnsafeRawBufferPointer) -> Void) throws {
    try Self.namingTheDisk(of: home.path) { try home.clearSign(payload, with: key, to: sink) }
  }

  func detachSign(_ payload: any ByteSource) throws -> [UInt8] {
    try Self.namingTheDisk(of: home.path) { try home.detachSign(payload, with: key) }
  }

  /// A month ahead: a timer has nobody who would notice it on the day.
  func warning(at now: Int64) -> String? {
    guard let expires, expires - now < 30 * 86400 else { return nil }
    let day = Timestamp(seconds: expires).iso
    return
      "the signing key \(key) \(expires > now ? "expires" : "expired") on \(day): nothing new is published from then on, and "
      + "mirrors of this one refuse what it signed; give it more time (gpg --homedir \(home.path) --quick-set-expire \(key) 1y)"
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
