import TestSupport
import Testing

@testable import Trust

/// Real signatures, made by gpg on the spot, each wrong in one way.
@Suite struct VerificationTests {
  private let gpg: CommandLineGPG

  init() throws { gpg = try CommandLineGPG() }

  private let began = "20200101T000000"
  private static let text = "{\n \"format\": \"index:1.0\"\n}\n"

  private func keyring(_ keys: [UInt8], _ policy: TrustPolicy = TrustPolicy()) throws -> Keyring {
    try Keyring(bytes: keys, name: "test.gpg", policy: policy)
  }

  @Test func refusesATextThatWasChanged() throws {
    let key = try gpg.makeKey("signer")
    let signed = String(decoding: try gpg.clearSign(Self.text, with: key), as: UTF8.self)
    let tampered = Array(signed.replacing("index:1.0", with: "index:1.1").utf8)
    #expect(throws: TrustError.badSignature(object: "index", key: key.hex)) {
      try keyring(gpg.export(key)).verify(clearSigned: tampered, as: "index", now: now)
    }
  }

  @Test func refusesAChangedFileBesideItsSignature() throws {
    let folder = try TemporaryFolder()
    let home = try SigningHome(path: folder.file("keys"))
    let key = try home.create(.ed25519, userID: "a test").fingerprint
    let signature = try home.detachSign(Array(Self.text.utf8), with: key)
    #expect(throws: TrustError.badSignature(object: "index", key: key.hex)) {
      try keyring(home.publicKeyring(key)).verify(
        Array("\(Self.text) ".utf8), detachedSignature: signature, as: "index", now: now)
    }
  }

  @Test func namesTheSignersKeyAndTheOnesThatAreKnown() throws {
    let (signer, known) = (try gpg.makeKey("signer", at: began), try gpg.makeKey("known"))
    let signed = try gpg.clearSign(Self.text, with: signer, at: "20200601T000000")
    #expect(throws: TrustError.unknownKey(object: "index", key: signer.hex, signed: 1_590_969_600, known: [known.hex]))
    {
      try keyring(gpg.export(known)).verify(clearSigned: signed, as: "index", now: now)
    }
  }

  @Test func refusesTwoSignersOfWhichTheKeyringHasOne() throws {
    let (one, two) = (try gpg.makeKey("one", at: began), try gpg.makeKey("two", at: began))
    let signed = try gpg.clearSign(Self.text, with: one, two, at: "20200601T000000")
    #expect(throws: TrustError.unknownKey(object: "index", key: two.hex, signed: 1_590_969_600, known: [one.hex])) {
      try keyring(gpg.export(one)).verify(clearSigned: signed, as: "index", now: now)
    }
    let both = try keyring(gpg.export(one, two)).verify(clearSigned: signed, as: "index", now: now)
    #expect(both.payload == Array(Self.text.utf8))
  }

  @Test func refusesAnExpiredKeyUnlessItIsAllowed() throws {
    let key = try gpg.makeKey("old", expires: "1y", at: "20200101T000000")
    let signed = try gpg.clearSign(Self.text, with: key, at: "20200601T000000")
    let expiry: Int64 = 1_577_836_800 + 365 * 86400
    #expect(throws: TrustError.expiredKey(object: "index", key: key.hex, expired: expiry)) {
      try keyring(gpg.export(key)).verify(clearSigned: signed, as: "index", now: now)
    }
    let allowing = try keyring(gpg.export(key), TrustPolicy(allowExpiredKeys: true))
    let document = try allowing.verify(clearSigned: signed, as: "index", now: now)
    #expect(document.payload == Array(Self.text.utf8))
    #expect(document.assurance == .signed(by: key, at: 1_590_969_600))
  }

  @Test func refusesARevokedKey() throws {
    let key = try gpg.makeKey("compromised", at: began)
    let signed = try gpg.clearSign(Self.text, with: key, at: "20200601T000000")
    try gpg.revoke(key)
    #expect(throws: TrustError.revokedKey(object: "index", key: key.hex, signed: 1_590_969_600)) {
      try keyring(gpg.export(key), TrustPolicy(allowExpiredKeys: true)).verify(
        clearSigned: signed, as: "index", now: now)
    }
  }

  /// Of such a key gpg says no more than that it is expired.
  @Test func allowingExpiredKeysDoesNotAllowARevokedOne() throws {
    let key = try gpg.makeKey("compromised", expires: "1y", at: "20200101T000000")
    let signed = try gpg.clearSign(Self.text, with: key, at: "20200601T000000")
    try gpg.revoke(key)
    #expect(throws: TrustError.revokedKey(object: "index", key: key.hex, signed: 1_590_969_600)) {
      try keyring(gpg.export(key), TrustPolicy(allowExpiredKeys: true)).verify(
        clearSigned: signed, as: "index", now: now)
    }
  }

  @Test func refusesAnExpiredSubkeyOfAGoodKeyAndSaysWhen() throws {
    let key = try gpg.makeKey("signer", at: "20200101T000000")
    try gpg.addSubkey(to: key, expires: "1y", at: "20200101T000000")
    let signed = try gpg.clearSign(Self.text, with: key, at: "20200601T000000")
    let expiry: Int64 = 1_577_836_800 + 365 * 86400
    #expect(throws: TrustError.expiredKey(object: "index", key: key.hex, expired: expiry)) {
      try keyring(gpg.export(key)).verify(clearSigned: signed, as: "index", now: now)
    }
  }

  @Test func takesADocumentWithOtherLineEnds() throws {
    let key = try gpg.makeKey("signer")
    let signed = String(decoding: try gpg.clearSign(Self.text, with: key), as: UTF8.self)
    let document = try keyring(gpg.export(key)).verify(
      clearSigned: Array(signed.replacing("\n", with: "\r\n").utf8), as: "index", now: now)
    #expect(String(decoding: document.payload, as: UTF8.self).replacing("\r\n", with: "\n") == Self.text)
  }

  @Test func refusesASignatureThatExpired() throws {
    let key = try gpg.makeKey("signer", at: "20200101T000000")
    let signed = try gpg.clearSign(
      Self.text, with: key, at: "20200601T000000", options: ["--default-sig-expire", "1d"])
    #expect(throws: TrustError.expiredSignature(object: "index", key: key.hex, expired: 1_590_969_600 + 86400)) {
      try keyring(gpg.export(key)).verify(clearSigned: signed, as: "index", now: now)
    }
  }

  /// gpgv and MAAS accept it; a signer whose key is stolen could outdate every later document with one.
  @Test func refusesASignatureFromTheFuture() throws {
    let key = try gpg.makeKey("signer")
    let signed = try gpg.clearSign(Self.text, with: key, at: "20900101T000000")
    let (made, here) = (Int64(3_786_912_000), now)
    #expect(throws: TrustError.fromTheFuture(object: "index", key: key.hex, signed: made, now: here)) {
      try keyring(gpg.export(key)).verify(clearSigned: signed, as: "index", now: here)
    }
  }

  @Test(arguments: ["SHA1", "MD5", "RIPEMD160"])
  func refusesASignatureOverAWeakHashByItsName(hash: String) throws {
    let key = try gpg.makeKey("rsa", algorithm: "rsa2048", at: began)
    let signed = try gpg.clearSign(Self.text, with: key, at: "20200601T000000", options: ["--digest-algo", hash])
    let refusal = TrustError.weakHash(object: "index", key: key.hex, signed: 1_590_969_600, algorithm: hash)
    #expect(refusal.description.contains("was signed on 2020-06-01T00:00:00Z by key \(key.hex) over \(hash)"))
    #expect(throws: refusal) {
      try keyring(gpg.export(key)).verify(clearSigned: signed, as: "index", now: now)
    }
  }

  @Test func saysThatADetachedSignatureIsNone() throws {
    let key = try gpg.makeKey("signer")
    #expect(throws: TrustError.notSigned(object: "index")) {
      try keyring(gpg.export(key)).verify(
        Array("{}".utf8), detachedSignature: Array("<html>404</html>".utf8), as: "index", now: now)
    }
  }
}
