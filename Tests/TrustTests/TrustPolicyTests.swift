import Testing

@testable import Trust

/// The decision itself, without gpg: reports in, an assurance or an error out.
@Suite struct TrustPolicyTests {
  private static let owner = Fingerprint(String(repeating: "A1", count: 20))!
  private static let other = Fingerprint(String(repeating: "B2", count: 20))!
  private static let now: Int64 = 1_780_000_000

  private static func report(
    _ status: SignatureReport.Status = .good, hash: String = "SHA512", signed: Int64 = now - 60,
    key: Fingerprint = owner, isKnown: Bool = true, isRevoked: Bool = false
  ) -> SignatureReport {
    SignatureReport(
      status: status, key: key.hex, primary: isKnown ? key : nil, hashAlgorithm: hash, signed: signed,
      signatureExpires: now - 10, keyExpires: now - 20, isKeyRevoked: isRevoked)
  }

  private func judge(
    _ reports: SignatureReport..., policy: TrustPolicy = TrustPolicy()
  ) throws(TrustError) -> Assurance {
    try policy.judge(reports, object: "index", knownKeys: [Self.owner.hex], now: Self.now)
  }

  @Test func acceptsAGoodSignature() throws {
    #expect(try judge(Self.report()) == .signed(by: Self.owner, at: Self.now - 60))
  }

  @Test func namesTheFirstOfTwoGoodSigners() throws {
    #expect(try judge(Self.report(), Self.report(key: Self.other)) == .signed(by: Self.owner, at: Self.now - 60))
  }

  @Test func refusesADocumentWithoutASignature() {
    #expect(throws: TrustError.notSigned(object: "index")) { try judge() }
  }

  private static let refusals: [(SignatureReport, TrustError)] = [
    (report(.bad), .badSignature(object: "index", key: owner.hex)),
    (
      report(.keyMissing, key: other, isKnown: false),
      .unknownKey(object: "index", key: other.hex, signed: now - 60, known: [owner.hex])
    ),
    (report(.keyExpired), .expiredKey(object: "index", key: owner.hex, expired: now - 20)),
    (report(.signatureExpired), .expiredSignature(object: "index", key: owner.hex, expired: now - 10)),
    (report(.keyRevoked), .revokedKey(object: "index", key: owner.hex, signed: now - 60)),
    (
      report(.other("no such curve")),
      .unusable(object: "index", key: owner.hex, signed: now - 60, reason: "no such curve")
    ),
    (
      report(.other("General error"), hash: "MD5"),
      .weakHash(object: "index", key: owner.hex, signed: now - 60, algorithm: "MD5")
    ),
    (report(hash: "MD5"), .weakHash(object: "index", key: owner.hex, signed: now - 60, algorithm: "MD5")),
    (report(hash: "SHA1"), .weakHash(object: "index", key: owner.hex, signed: now - 60, algorithm: "SHA1")),
    (report(hash: "sha1"), .weakHash(object: "index", key: owner.hex, signed: now - 60, algorithm: "SHA1")),
    (report(hash: ""), .weakHash(object: "index", key: owner.hex, signed: now - 60, algorithm: "an unknown hash")),
    (
      report(signed: now + 301),
      .fromTheFuture(object: "index", key: owner.hex, signed: now + 301, now: now)
    ),
    (report(hash: "CRC32"), .weakHash(object: "index", key: owner.hex, signed: now - 60, algorithm: "CRC32")),
    (report(isRevoked: true), .revokedKey(object: "index", key: owner.hex, signed: now - 60)),
    (report(isKnown: false), .unknownKey(object: "index", key: owner.hex, signed: now - 60, known: [owner.hex])),
  ]

  @Test(arguments: refusals)
  func refusesWhatIsNotGoodEnough(report: SignatureReport, error: TrustError) {
    #expect(throws: error) { try judge(report) }
  }

  /// gpgv rejects a document of two signers of which the keyring has one, and so would a region.
  @Test(arguments: refusals.dropLast())
  func refusesADocumentOfWhichOnlyTheFirstSignatureIsGood(report: SignatureReport, error: TrustError) {
    #expect(throws: error) { try judge(Self.report(), report) }
  }

  @Test func acceptsAnExpiredKeyOnlyWhenTheOperatorSaysSo() throws {
    let policy = TrustPolicy(allowExpiredKeys: true)
    #expect(try judge(Self.report(.keyExpired), policy: policy) == .signed(by: Self.owner, at: Self.now - 60))
  }

  @Test func anExpiredKeyThatIsAllowedExcusesNothingElse() {
    let policy = TrustPolicy(allowExpiredKeys: true)
    #expect(throws: TrustError.weakHash(object: "index", key: Self.owner.hex, signed: Self.now - 60, algorithm: "SHA1"))
    {
      try judge(Self.report(.keyExpired, hash: "SHA1"), policy: policy)
    }
    #expect(throws: TrustError.expiredSignature(object: "index", key: Self.owner.hex, expired: Self.now - 10)) {
      try judge(Self.report(.signatureExpired), policy: policy)
    }
    #expect(throws: TrustError.revokedKey(object: "index", key: Self.owner.hex, signed: Self.now - 60)) {
      try judge(Self.report(.keyExpired, isRevoked: true), policy: policy)
    }
    #expect(throws: TrustError.revokedKey(object: "index", key: Self.owner.hex, signed: Self.now - 60)) {
      try judge(Self.report(.keyRevoked), policy: policy)
    }
  }

  @Test func forgivesASignersClockFiveMinutes() throws {
    #expect(try judge(Self.report(signed: Self.now + 300)) == .signed(by: Self.owner, at: Self.now + 300))
  }

  /// Freezing and rolling back are judged by `updated`, not by the signature's age: upstream may rest for months.
  @Test func acceptsAnOldSignature() throws {
    #expect(try judge(Self.report(signed: 1_000_000_000)) == .signed(by: Self.owner, at: 1_000_000_000))
  }
}
