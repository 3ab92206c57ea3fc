import CGPGME
import Glibc

extension SigningHome {
  /// - Parameter payload: lines without blanks at their ends, the last one ended: then verifying returns the same bytes.
  package func clearSign(_ payload: [UInt8], with key: Fingerprint) throws(TrustError) -> [UInt8] {
    if let fault = SignableText.fault(in: payload) { throw .unsignable(reason: fault) }
    return try sign(payload, with: key, mode: GPGME_SIG_MODE_CLEAR)
  }

  /// ASCII-armoured, as images.maas.io has its `.json.gpg`.
  package func detachSign(_ payload: [UInt8], with key: Fingerprint) throws(TrustError) -> [UInt8] {
    try sign(payload, with: key, mode: GPGME_SIG_MODE_DETACH)
  }

  private func sign(
    _ payload: [UInt8], with fingerprint: Fingerprint, mode: gpgme_sig_mode_t
  ) throws(TrustError) -> [UInt8] {
    let home = path
    return try locked { context throws(TrustError) in
      try context.withKey(fingerprint, secret: true, home: home) { key throws(TrustError) in
        gpgme_signers_clear(context.raw)
        try GPGContext.check(gpgme_signers_add(context.raw, key), "sign")
        gpgme_set_armor(context.raw, 1)
        let (text, out) = (
          try GPGData(payload), try GPGData(expecting: mode == GPGME_SIG_MODE_CLEAR ? payload.count + 4096 : 0)
        )
        let code = withExtendedLifetime((text, out)) { gpgme_op_sign(context.raw, text.raw, out.raw, mode) }
        if let fault = Self.fault(code, of: key) {
          throw .cannotSign(key: fingerprint.hex, home: home, fault: fault)
        }
        try GPGContext.check(code, "sign with key \(fingerprint)")
        try Self.checkSignatureMade(gpgme_op_sign_result(context.raw), by: fingerprint)
        return out.bytes
      }
    }
  }

  /// What is wrong with the key itself. gpg says of an expired one no more than that it is unusable, and of one with a
  /// passphrase what its prompt ran into: no terminal, no prompt at all, or an operator who gave up.
  private static func fault(_ code: gpgme_error_t, of key: gpgme_key_t) -> TrustError.KeyFault? {
    switch shim_error_code(code) {
    case GPG_ERR_UNUSABLE_SECKEY:
      guard let facts = KeyFacts(key) else { return nil }
      if facts.isRevoked { return .revoked }
      let now = Int64(time(nil))
      return facts.parts.compactMap(\.expires).filter { $0 <= now }.max().map { .expired($0) }
    case GPG_ERR_ENOTTY, GPG_ERR_NO_PIN_ENTRY, GPG_ERR_NO_PASSPHRASE, GPG_ERR_BAD_PASSPHRASE, GPG_ERR_CANCELED,
      GPG_ERR_FULLY_CANCELED:
      return .asksForPassphrase
    default: return nil
    }
  }

  /// A machine-wide gpg.conf, or a key's own wishes, could ask for a hash that the far side refuses.
  private static func checkSignatureMade(
    _ result: gpgme_sign_result_t?, by fingerprint: Fingerprint
  ) throws(TrustError) {
    guard let made = result?.pointee.signatures, made.pointee.next == nil else {
      throw .gnupg(operation: "sign with key \(fingerprint)", reason: "it did not make exactly one signature")
    }
    let hash = gpgme_hash_algo_name(made.pointee.hash_algo).map { String(cString: $0) } ?? "an unknown hash"
    guard HashStrength.isEnough(hash) else {
      throw .gnupg(operation: "sign with key \(fingerprint)", reason: "it signs over \(hash), which can be forged")
    }
  }
}
