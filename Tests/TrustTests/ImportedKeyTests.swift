import TestSupport
import Testing

@testable import Trust

@Suite struct ImportedKeyTests {
  private let gpg: CommandLineGPG
  private let home: SigningHome

  init() throws {
    gpg = try CommandLineGPG()
    home = try SigningHome(path: gpg.folder.file("keys"))
  }

  @Test func signsWithAKeyThatWasTakenOver() throws {
    let key = try gpg.makeKey("from elsewhere")
    let taken = try home.importSecretKey(try gpg.exportSecret(key), name: "secret.gpg")
    #expect(taken.fingerprint == key)
    let keyring = try Keyring(bytes: try gpg.export(key), name: "test.gpg")
    let signed = try home.clearSign(Array("{}\n".utf8), with: key)
    #expect(try keyring.verify(clearSigned: signed, as: "index", now: now).payload == Array("{}\n".utf8))
  }

  /// A timer that signs has nobody who could type it.
  @Test func refusesAKeyWithAPassphraseAndKeepsNothingOfIt() throws {
    let key = try gpg.makeKey("locked", passphrase: "secret")
    let bytes = try gpg.exportSecret(key, passphrase: "secret")
    let error = try #require(throws: TrustError.self) { try home.importSecretKey(bytes, name: "secret.gpg") }
    #expect(error.description.contains("passphrase") && error.description.contains(key.hex))
    #expect(try home.secretKeys().isEmpty)
  }

  @Test func refusesAPublicKeyInPlaceOfASecretOne() throws {
    let bytes = try gpg.export(try gpg.makeKey("from elsewhere"))
    #expect(throws: TrustError.keyring(path: "public.gpg", reason: "it holds no secret key", wanted: .secretKey)) {
      try home.importSecretKey(bytes, name: "public.gpg")
    }
    #expect(try home.secretKeys().isEmpty)
  }

  @Test(arguments: [[], Array("garbage".utf8)])
  func refusesAFileThatIsNoKey(bytes: [UInt8]) throws {
    #expect(throws: TrustError.self) { try home.importSecretKey(bytes, name: "junk") }
    #expect(try home.secretKeys().isEmpty)
  }
}

@Suite struct FingerprintTests {
  private static let hex = "D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81"

  @Test(arguments: [
    hex, hex.lowercased(), "0x" + hex, "D2EB 4462 6FDD C30B 513D  5BB7 1A5D 6C4C 7DB8 7C81",
  ])
  func readsTheFormsThatPeoplePaste(text: String) {
    #expect(Fingerprint(text)?.hex == Self.hex)
    #expect(Fingerprint(text)?.short == "1A5D6C4C7DB87C81")
  }

  /// A key id is no fingerprint: anyone can make a key with the same one.
  @Test(arguments: [
    "", "1A5D6C4C7DB87C81", hex + "0", String(hex.dropLast()) + "G",
    String(hex.dropLast(3)) + "\u{FF21}",
  ])
  func refusesWhatIsNoFingerprint(text: String) { #expect(Fingerprint(text) == nil) }
}
