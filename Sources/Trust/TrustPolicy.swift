/// Decides whether signatures are good enough. Pure; harder than gpgv and MAAS, which accept expired keys and
/// signatures from the future.
package struct TrustPolicy: Sendable, Hashable {
  package var allowExpiredKeys: Bool
  /// Seconds by which a signer's clock may be ahead of ours.
  package var allowedClockSkew: Int64

  package init(allowExpiredKeys: Bool = false, allowedClockSkew: Int64 = 300) {
    self.allowExpiredKeys = allowExpiredKeys
    self.allowedClockSkew = allowedClockSkew
  }

  /// Every signature must be good: gpgv rejects a document of two signers of which the keyring has one, and so would
  /// a region. The first one is what the document is known by.
  package func judge(
    _ reports: [SignatureReport], object: String, knownKeys: [String], now: Int64
  ) throws(TrustError) -> Assurance {
    guard let first = reports.first else { throw .notSigned(object: object) }
    for report in reports { try check(report, object: object, knownKeys: knownKeys, now: now) }
    guard let primary = first.primary else {
      throw .unknownKey(object: object, key: first.key, signed: first.signed, known: knownKeys)
    }
    return .signed(by: primary, at: first.signed)
  }

  /// From when on signatures that are good now no longer are.
  package func end(of reports: [SignatureReport]) -> Int64? {
    reports.flatMap { [$0.signatureExpires, allowExpiredKeys ? nil : $0.keyExpires] }.compactMap { $0 }.min()
  }

  private func check(
    _ report: SignatureReport, object: String, knownKeys: [String], now: Int64
  ) throws(TrustError) {
    let key = report.primary?.hex ?? report.key
    let signed = report.signed
    let algorithm = report.hashAlgorithm.uppercased()
    switch report.status {
    case .good: break
    case .bad: throw .badSignature(object: object, key: key)
    case .keyMissing: throw .unknownKey(object: object, key: key, signed: signed, known: knownKeys)
    case .keyExpired:
      if !allowExpiredKeys { throw .expiredKey(object: object, key: key, expired: report.keyExpires) }
    case .signatureExpired: throw .expiredSignature(object: object, key: key, expired: report.signatureExpires)
    case .keyRevoked: throw .revokedKey(object: object, key: key, signed: signed)
    // Of MD5 gpg says no more than “general error”.
    case .other where HashStrength.isWeak(algorithm): break
    case .other(let reason): throw .unusable(object: object, key: key, signed: signed, reason: reason)
    }
    if report.isKeyRevoked { throw .revokedKey(object: object, key: key, signed: signed) }
    if !HashStrength.isEnough(algorithm) {
      throw .weakHash(
        object: object, key: key, signed: signed, algorithm: algorithm.isEmpty ? "an unknown hash" : algorithm)
    }
    if report.signed > now + allowedClockSkew {
      throw .fromTheFuture(object: object, key: key, signed: report.signed, now: now)
    }
  }
}
