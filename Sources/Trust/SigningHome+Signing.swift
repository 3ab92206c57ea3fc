import CGPGME
import Glibc

extension SigningHome {
  /// - Parameters:
  ///   - payload: lines without blanks at their ends, the last one ended: then verifying returns the same bytes.
  ///   - sink: gets the signed text piece by piece, and of one that fails a part.
  package func clearSign(
    _ payload: any ByteSource, with key: Fingerprint, to sink: @escaping (UnsafeRawBufferPointer) -> Void
  ) throws {
    if let fault = try SignableText.fault(in: payload) { throw TrustError.unsignable(reason: fault) }
    try reading(payload) { text throws(TrustError) in
      try sign(text, with: key, mode: GPGME_SIG_MODE_CLEAR, to: try GPGData(to: sink))
    }
  }

  /// ASCII-armoured, as images.maas.io has its `.json.gpg`.
  package func detachSign(_ payload: any ByteSource, with key: Fingerprint) throws -> [UInt8] {
    let signature = try GPGData()
    try reading(payload) { text throws(TrustError) in
      try sign(text, with: key, mode: GPGME_SIG_MODE_DETACH, to: signature)
    }
    return signature.bytes
  }

  /// Of bytes that cannot be read gpg signs what it got, or says that it failed.
  private func reading(_ payload: any ByteSource, _ body: (GPGData) throws(TrustError) -> Void) throws {
    let text = try GPGData(payload)
    do throws(TrustError) {
      try body(text)
    } catch {
      throw text.failure ?? error
    }
    if let failure = text.failure { throw failure }
  }

  private func sign(
    _ text: GPGData, with fingerprint: Fingerprint, mode: gpgme_sig_mode_t, to out: GPGData
  ) throws(TrustError) {
    let home = path
    try locked { context throws(TrustError) in
      try context.withKey(fingerprint, secret: true, home: home) { key throws(TrustError) in
        gpgme_signers_clear(context.raw)
        try GPGContext.check(gpgme_signers_add(context.raw, key), "sign")
        gpgme_set_armor(context.raw, 1)
        let code = withExtendedLifetime((text, out)) { gpgme_op_sign(context.raw, text.raw, out.raw, mode) }
        if let fault = Self.fault(code, of: key) {
          throw .cannotSign(key: fingerprint.hex, home: home, fault: fault)
        }
        try GPGContext.check(code, "sign with key \(fingerprint)")
        try Self.checkSignatureMade(gpgme_op_sign_result(context.raw), by: fingerprint)
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
