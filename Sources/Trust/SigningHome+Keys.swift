import CGPGME
import Glibc

extension SigningHome {
  /// A key without a passphrase and without an end: it lives on the mirror that uses it, and a timer has nobody to ask.
  ///
  /// gpg makes the secret half first, and does not know it if it is killed before the other is there. So the key is made
  /// elsewhere and taken over, the public half first: what is left of a kill is a public key that nobody knows.
  package func create(_ algorithm: Algorithm, userID: String) throws(TrustError) -> KeyFacts {
    let scratch = try TemporaryHome(in: path)
    let maker = try SigningHome(path: scratch.path, create: false)
    defer { maker.close() }
    let made = try maker.make(algorithm, userID: userID)
    let secret = try maker.secretKey(made.fingerprint)
    return try adding { () throws(TrustError) in try take(secret, name: "the new key", asks: true) }
  }

  private func make(_ algorithm: Algorithm, userID: String) throws(TrustError) -> KeyFacts {
    let home = path
    return try locked { context throws(TrustError) in
      let flags = UInt32(GPGME_CREATE_SIGN | GPGME_CREATE_NOPASSWD | GPGME_CREATE_NOEXPIRE | GPGME_CREATE_FORCE)
      try GPGContext.check(
        gpgme_op_createkey(context.raw, userID, algorithm.rawValue, 0, 0, nil, flags), "create a key")
      guard let made = gpgme_op_genkey_result(context.raw), let text = made.pointee.fpr,
        let fingerprint = Fingerprint(String(cString: text))
      else { throw .gnupg(operation: "create a key", reason: "it does not say which") }
      return try context.secretKey(fingerprint, home: home)
    }
  }

  /// Takes over an existing key, as `gpg --export-secret-keys` wrote it. It is tried in a home that is thrown away
  /// first: a key that asks for its passphrase, or cannot sign, must not be found out by the timer that needs it.
  package func importSecretKey(_ bytes: [UInt8], name: String) throws(TrustError) -> KeyFacts {
    let scratch = try TemporaryHome(in: path)
    let trial = try SigningHome(path: scratch.path, create: false)
    defer { trial.close() }
    let key = try trial.take(bytes, name: name, asks: false)
    do {
      try trial.clearSign(Array("a trial\n".utf8), with: key.fingerprint) { _ in }
    } catch {
      throw .keyring(
        path: name, reason: "its key \(key.fingerprint) does not sign unattended (a passphrase, or an end)",
        wanted: .secretKey)
    }
    return try adding { () throws(TrustError) in try take(bytes, name: name, asks: true) }
  }

  private func take(_ bytes: [UInt8], name: String, asks: Bool) throws(TrustError) -> KeyFacts {
    let home = path
    return try locked { context throws(TrustError) in
      if !asks { gpgme_set_pinentry_mode(context.raw, GPGME_PINENTRY_MODE_ERROR) }
      let data = try GPGData(bytes)
      let code = withExtendedLifetime(data) { gpgme_op_import(context.raw, data.raw) }
      if shim_error_code(code) == GPG_ERR_NO_DATA {
        throw .keyring(path: name, reason: "it holds no OpenPGP key", wanted: .secretKey)
      }
      try GPGContext.check(code, "import \(name)")
      guard let result = gpgme_op_import_result(context.raw), result.pointee.secret_read > 0,
        let text = result.pointee.imports?.pointee.fpr, let fingerprint = Fingerprint(String(cString: text))
      else { throw .keyring(path: name, reason: "it holds no secret key", wanted: .secretKey) }
      // gpg tells of a secret half that it could not write by not having it.
      guard let key = try context.keys(secret: true).first(where: { $0.fingerprint == fingerprint }) else {
        throw .gnupg(operation: "keep \(name) in \(home)", reason: "its secret half is not there", remedy: .folder)
      }
      return key
    }
  }

  /// The public key as gpgv and MAAS want it: a binary keyring.
  package func publicKeyring(_ fingerprint: Fingerprint) throws(TrustError) -> [UInt8] {
    try export(fingerprint, GPGME_EXPORT_MODE_MINIMAL)
  }

  private func secretKey(_ fingerprint: Fingerprint) throws(TrustError) -> [UInt8] {
    try export(fingerprint, GPGME_EXPORT_MODE_SECRET)
  }

  private func export(_ fingerprint: Fingerprint, _ mode: Int32) throws(TrustError) -> [UInt8] {
    let home = path
    return try locked { context throws(TrustError) in
      let out = try GPGData()
      gpgme_set_armor(context.raw, 0)
      let mode = gpgme_export_mode_t(mode)
      try GPGContext.check(
        withExtendedLifetime(out) { gpgme_op_export(context.raw, fingerprint.hex, mode, out.raw) },
        "export key \(fingerprint)")
      let bytes = out.bytes
      if bytes.isEmpty { throw .noSuchKey(fingerprint: fingerprint.hex, home: home) }
      return bytes
    }
  }
}

extension GPGContext {
  fileprivate func secretKey(_ fingerprint: Fingerprint, home: String) throws(TrustError) -> KeyFacts {
    guard let facts = try keys(secret: true).first(where: { $0.fingerprint == fingerprint }) else {
      throw .noSuchKey(fingerprint: fingerprint.hex, home: home)
    }
    return facts
  }
}
