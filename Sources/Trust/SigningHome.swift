import CGPGME
import Glibc
import Synchronization

/// The local signing key, in a private GnuPG home.
///
/// `@unchecked Sendable`: the context is used under the mutex only; everything else is immutable.
package final class SigningHome: @unchecked Sendable {
  package enum Algorithm: String, CaseIterable, Sendable { case ed25519, rsa3072 }

  package let path: String
  private let context: GPGContext
  private let shortcut: HomeShortcut
  private let busy = Mutex<Void>(())

  /// Opens the home, and makes it when it is not there.
  package init(path: String, create: Bool = true) throws(TrustError) {
    self.path = path
    if create, mkdir(path, 0o700) != 0, errno != EEXIST {
      throw .gnupg(operation: "make the folder \(path)", reason: String(cString: strerror(errno)))
    }
    if access(path, R_OK | W_OK | X_OK) != 0 {
      throw .gnupg(operation: "use the folder \(path)", reason: String(cString: strerror(errno)))
    }
    shortcut = try HomeShortcut(to: path)
    context = try GPGContext(home: shortcut.path)
  }

  deinit { shortcut.endAgent() }

  /// A key without a passphrase and without an end: it lives on the mirror that uses it, and a timer has nobody to ask.
  package func create(_ algorithm: Algorithm, userID: String) throws(TrustError) -> KeyFacts {
    try locked { () throws(TrustError) in
      let flags = UInt32(GPGME_CREATE_SIGN | GPGME_CREATE_NOPASSWD | GPGME_CREATE_NOEXPIRE | GPGME_CREATE_FORCE)
      try GPGContext.check(
        gpgme_op_createkey(context.raw, userID, algorithm.rawValue, 0, 0, nil, flags), "create a key")
      guard let made = gpgme_op_genkey_result(context.raw), let text = made.pointee.fpr,
        let fingerprint = Fingerprint(String(cString: text))
      else { throw .gnupg(operation: "create a key", reason: "it does not say which") }
      return try key(fingerprint)
    }
  }

  package func secretKeys() throws(TrustError) -> [KeyFacts] {
    try locked { () throws(TrustError) in try context.keys(secret: true) }
  }

  /// The key to sign with: the one that was named, or the only one there. `nil` when there is none.
  package func signingKey(named fingerprint: Fingerprint?) throws(TrustError) -> KeyFacts? {
    let keys = try secretKeys()
    if let fingerprint {
      guard let key = keys.first(where: { $0.fingerprint == fingerprint }) else {
        throw .noSuchKey(fingerprint: fingerprint.hex, home: path)
      }
      return key
    }
    let usable = keys.filter { !$0.isRevoked }
    if usable.count > 1 { throw .severalKeys(home: path, fingerprints: usable.map(\.fingerprint.hex)) }
    return usable.first
  }

  /// Takes over an existing key, as `gpg --export-secret-keys` wrote it.
  package func importSecretKey(_ bytes: [UInt8], name: String) throws(TrustError) -> KeyFacts {
    try locked { () throws(TrustError) in
      let data = try GPGData(bytes)
      try GPGContext.check(withExtendedLifetime(data) { gpgme_op_import(context.raw, data.raw) }, "import \(name)")
      guard let result = gpgme_op_import_result(context.raw), result.pointee.secret_read > 0,
        let text = result.pointee.imports?.pointee.fpr, let fingerprint = Fingerprint(String(cString: text))
      else { throw .keyring(path: name, reason: "it holds no secret key") }
      return try key(fingerprint)
    }
  }

  /// The public key as gpgv and MAAS want it: a binary keyring.
  package func publicKeyring(_ fingerprint: Fingerprint) throws(TrustError) -> [UInt8] {
    try locked { () throws(TrustError) in
      let out = try GPGData()
      gpgme_set_armor(context.raw, 0)
      let mode = gpgme_export_mode_t(GPGME_EXPORT_MODE_MINIMAL)
      try GPGContext.check(
        withExtendedLifetime(out) { gpgme_op_export(context.raw, fingerprint.hex, mode, out.raw) },
        "export key \(fingerprint)")
      let bytes = try out.bytes()
      if bytes.isEmpty { throw .noSuchKey(fingerprint: fingerprint.hex, home: path) }
      return bytes
    }
  }

  package func clearSign(_ payload: [UInt8], with key: Fingerprint) throws(TrustError) -> [UInt8] {
    try sign(payload, with: key, mode: GPGME_SIG_MODE_CLEAR)
  }

  /// ASCII-armoured, as images.maas.io has its `.json.gpg`.
  package func detachSign(_ payload: [UInt8], with key: Fingerprint) throws(TrustError) -> [UInt8] {
    try sign(payload, with: key, mode: GPGME_SIG_MODE_DETACH)
  }

  private func sign(
    _ payload: [UInt8], with fingerprint: Fingerprint, mode: gpgme_sig_mode_t
  ) throws(TrustError) -> [UInt8] {
    try locked { () throws(TrustError) in
      try context.withKey(fingerprint, secret: true, home: path) { key throws(TrustError) in
        gpgme_signers_clear(context.raw)
        try GPGContext.check(gpgme_signers_add(context.raw, key), "sign")
        gpgme_set_armor(context.raw, 1)
        let (text, out) = (try GPGData(payload), try GPGData())
        let code = withExtendedLifetime((text, out)) { gpgme_op_sign(context.raw, text.raw, out.raw, mode) }
        try GPGContext.check(code, "sign with key \(fingerprint)")
        return try out.bytes()
      }
    }
  }

  private func key(_ fingerprint: Fingerprint) throws(TrustError) -> KeyFacts {
    guard let facts = try context.keys(secret: true).first(where: { $0.fingerprint == fingerprint }) else {
      throw .noSuchKey(fingerprint: fingerprint.hex, home: path)
    }
    return facts
  }

  private func locked<Value: Sendable>(_ body: () throws(TrustError) -> Value) throws(TrustError) -> Value {
    let result: Result<Value, TrustError> = busy.withLock { _ in
      do throws(TrustError) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
