import CGPGME

extension GPGContext {
  /// What the last verification found, as values.
  /// - Parameter keys: what the home holds; they say whose subkey signed, until when it is good, and whether it is revoked.
  func signatureReports(keys: [KeyFacts]) -> [SignatureReport] {
    var reports: [SignatureReport] = []
    var signature = gpgme_op_verify_result(raw)?.pointee.signatures
    while let current = signature {
      reports.append(report(current.pointee, keys))
      signature = current.pointee.next
    }
    return reports
  }

  private func report(_ signature: _gpgme_signature, _ keys: [KeyFacts]) -> SignatureReport {
    let key = signature.fpr.map { String(cString: $0) } ?? "unknown"
    let status = Self.status(signature.status)
    // Of a bad signature gpg gives the key's id only, which anyone can choose: good enough to name the key in a refusal.
    func isSigner(_ part: KeyFacts.Part) -> Bool {
      status == .bad ? part.fingerprint.hasSuffix(key) : part.fingerprint == key
    }
    let owner = keys.first { $0.parts.contains(where: isSigner) }
    let part = owner?.parts.first(where: isSigner)
    return SignatureReport(
      status: status, key: key, primary: owner?.fingerprint,
      hashAlgorithm: gpgme_hash_algo_name(signature.hash_algo).map { String(cString: $0) } ?? "",
      signed: Int64(signature.timestamp),
      signatureExpires: signature.exp_timestamp > 0 ? Int64(signature.exp_timestamp) : nil,
      keyExpires: [part?.expires, owner?.expires].compactMap { $0 }.min(),
      isKeyRevoked: owner?.isRevoked == true || part?.isRevoked == true)
  }

  private static func status(_ code: gpgme_error_t) -> SignatureReport.Status {
    switch shim_error_code(code) {
    case GPG_ERR_NO_ERROR: .good
    case GPG_ERR_BAD_SIGNATURE: .bad
    case GPG_ERR_NO_PUBKEY: .keyMissing
    case GPG_ERR_KEY_EXPIRED: .keyExpired
    case GPG_ERR_SIG_EXPIRED: .signatureExpired
    case GPG_ERR_CERT_REVOKED: .keyRevoked
    default: .other(String(cString: gpgme_strerror(code)))
    }
  }
}
