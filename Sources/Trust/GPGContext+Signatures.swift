import CGPGME

extension GPGContext {
  /// What the last verification found, as values.
  func signatureReports() -> [SignatureReport] {
    var reports: [SignatureReport] = []
    var signature = gpgme_op_verify_result(raw)?.pointee.signatures
    while let current = signature {
      reports.append(report(current.pointee))
      signature = current.pointee.next
    }
    return reports
  }

  private func report(_ signature: _gpgme_signature) -> SignatureReport {
    let key = signature.fpr.map { String(cString: $0) } ?? "unknown"
    let owner = owner(of: key)
    return SignatureReport(
      status: Self.status(signature.status), key: key, primary: owner?.fingerprint,
      hashAlgorithm: gpgme_hash_algo_name(signature.hash_algo).map { String(cString: $0) } ?? "",
      signed: Int64(signature.timestamp),
      signatureExpires: signature.exp_timestamp > 0 ? Int64(signature.exp_timestamp) : nil,
      keyExpires: owner?.expires)
  }

  private func owner(of key: String) -> KeyFacts? {
    var found: gpgme_key_t?
    guard gpgme_get_key(raw, key, &found, 0) == 0, let found else { return nil }
    defer { gpgme_key_unref(found) }
    return KeyFacts(found)
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
