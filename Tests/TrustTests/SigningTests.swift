import Foundation
import TestSupport
import Testing

@testable import Trust

@Suite struct SigningTests {
  private let folder: TemporaryFolder
  private let home: SigningHome

  init() throws {
    folder = try TemporaryFolder()
    home = try SigningHome(path: folder.file("keys"))
  }

  private static let document = Array("{\n \"format\": \"index:1.0\",\n \"note\": \"é\"\n}\n".utf8)

  @Test(arguments: SigningHome.Algorithm.allCases)
  func whatIsSignedHereVerifiesToTheSameBytes(algorithm: SigningHome.Algorithm) throws {
    let key = try home.create(algorithm, userID: "a test").fingerprint
    let keyring = try Keyring(bytes: try home.publicKeyring(key), name: "test.gpg")
    let before = now
    let clear = try keyring.verify(clearSigned: try home.clearSign(Self.document, with: key), as: "index", now: now)
    #expect(clear.payload == Self.document)
    let signature = try home.detachSign(Self.document, with: key)
    #expect(String(decoding: signature, as: UTF8.self).hasPrefix("-----BEGIN PGP SIGNATURE-----"))
    let detached = try keyring.verify(Self.document, detachedSignature: signature, as: "index", now: now)
    #expect(detached.payload == Self.document)
    guard case .signed(let signer, let time) = clear.assurance else { return #expect(Bool(false), "not signed") }
    #expect(signer == key)
    #expect((before - 2...now + 2).contains(time))
  }

  /// What every region does with it.
  @Test(arguments: SigningHome.Algorithm.allCases)
  func gpgvAcceptsWhatIsSignedHere(algorithm: SigningHome.Algorithm) throws {
    let key = try home.create(algorithm, userID: "a test").fingerprint
    try folder.write(try home.publicKeyring(key), "keyring.gpg")
    let run = try ProcessRun.run(
      "/usr/bin/gpgv", ["--homedir", folder.path, "--keyring", folder.file("keyring.gpg"), "--status-fd", "1", "-"],
      input: try home.clearSign(Self.document, with: key))
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("VALIDSIG \(key.hex)"))
  }

  @Test func linesThatStartWithADashComeBackAsTheyWere() throws {
    let key = try home.create(.ed25519, userID: "a test").fingerprint
    let keyring = try Keyring(bytes: try home.publicKeyring(key), name: "test.gpg")
    let text = Array("- one\n-----BEGIN PGP SIGNED MESSAGE-----\n-\nFrom here\n".utf8)
    let signed = try home.clearSign(text, with: key)
    #expect(try keyring.verify(clearSigned: signed, as: "index", now: now).payload == text)
  }

  /// At its limits, what the rule lets through does come back, and gpg changes what it holds back.
  @Test func theLongestLineComesBackAsItWas() throws {
    let key = try home.create(.ed25519, userID: "a test").fingerprint
    let keyring = try Keyring(bytes: try home.publicKeyring(key), name: "test.gpg")
    let text = Array((String(repeating: "x", count: SignableText.longestLine) + "\n\n{}\n\n").utf8)
    #expect(
      try keyring.verify(clearSigned: try home.clearSign(text, with: key), as: "index", now: now).payload == text)
  }

  /// gpg cuts the line, signs what is left, and says nothing.
  @Test func refusesToSignADocumentThatSigningWouldChange() throws {
    let key = try home.create(.ed25519, userID: "a test").fingerprint
    for text in [String(repeating: "x", count: 30_000) + "\n", "{}", "{} \n"] {
      let error = #expect(throws: TrustError.self) { try home.clearSign(Array(text.utf8), with: key) }
      guard case .unsignable? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
  }

  /// A disk that fails half-way must not become a signature under half a document.
  @Test func refusesToSignWhatCannotBeReadToItsEnd() throws {
    struct Broken: Error {}
    struct Failing: ByteSource {
      var count: Int { 300_000 }
      /// How often it is read whole before it fails in the middle.
      final class Turns { var left: Int; init(_ left: Int) { self.left = left } }
      let turns: Turns
      func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if offset >= 150_000, turns.left == 0 { throw Broken() }
        let length = min(buffer.count, max(0, count - offset))
        if offset + length >= count { turns.left -= 1 }
        for place in 0..<length { buffer[place] = (offset + place) % 100 == 99 ? 0x0A : 0x78 }
        return length
      }
    }
    let key = try home.create(.ed25519, userID: "a test").fingerprint
    for turns in 0...1 {
      #expect(throws: Broken.self) { try home.clearSign(Failing(turns: .init(turns)), with: key) { _ in } }
    }
    #expect(throws: Broken.self) { try home.detachSign(Failing(turns: .init(0)), with: key) }
  }

  @Test(arguments: SigningHome.Algorithm.allCases)
  func aSignedDocumentHasOneHashLine(algorithm: SigningHome.Algorithm) throws {
    let key = try home.create(algorithm, userID: "a test").fingerprint
    let lines = String(decoding: try home.clearSign(Self.document, with: key), as: UTF8.self).split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("Hash:") }.count == 1)
    #expect(["Hash: SHA256", "Hash: SHA512"].contains(lines[1]))
  }

  @Test func refusesToSignWithAKeyThatIsNotThere() throws {
    let stranger = try #require(Fingerprint(String(repeating: "C3", count: 20)))
    #expect(throws: TrustError.noSuchKey(fingerprint: stranger.hex, home: home.path)) {
      try home.clearSign(Self.document, with: stranger)
    }
    #expect(throws: TrustError.noSuchKey(fingerprint: stranger.hex, home: home.path)) {
      try home.publicKeyring(stranger)
    }
    #expect(throws: TrustError.noSuchKey(fingerprint: stranger.hex, home: home.path)) {
      try home.signingKey(named: stranger)
    }
    #expect(try home.signingKey(named: nil) == nil)
  }

  /// gpg calls it unusable, and says no more.
  @Test func saysThatTheKeyExpired() throws {
    let gpg = try CommandLineGPG()
    let key = try gpg.makeKey("long ago", expires: "1d", at: "20200101T000000")
    let own = try SigningHome(path: gpg.home, create: false)
    let error = TrustError.cannotSign(key: key.hex, home: gpg.home, fault: .expired(1_577_923_200))
    #expect(throws: error) { try own.clearSign(Self.document, with: key) }
    #expect(throws: error) { try own.detachSign(Self.document, with: key) }
    #expect(error.description.contains("expired on 2020-01-02") && error.description.contains("--quick-set-expire"))
  }

  /// Its prompt finds no terminal, or there is none: neither is a fault of gpg's packages.
  @Test func saysThatTheKeyAsksForAPassphrase() throws {
    let gpg = try CommandLineGPG()
    try Data("pinentry-program /bin/false\n".utf8).write(to: URL(fileURLWithPath: "\(gpg.home)/gpg-agent.conf"))
    let key = try gpg.makeKey("locked", passphrase: "secret")
    // The agent that made the key still knows its passphrase.
    #expect(try ProcessRun.run("/usr/bin/gpgconf", ["--homedir", gpg.home, "--kill", "all"]).code == 0)
    let own = try SigningHome(path: gpg.home, create: false)
    #expect(throws: TrustError.cannotSign(key: key.hex, home: gpg.home, fault: .asksForPassphrase)) {
      try own.clearSign(Self.document, with: key)
    }
  }

  @Test func asksWhichOfSeveralKeysToSignWith() throws {
    let first = try home.create(.ed25519, userID: "one")
    #expect(try home.signingKey(named: nil) == first)
    let second = try home.create(.ed25519, userID: "two")
    let keys = try home.secretKeys().map(\.fingerprint.hex)
    #expect(Set(keys) == [first.fingerprint.hex, second.fingerprint.hex])
    #expect(throws: TrustError.severalKeys(home: home.path, fingerprints: keys)) { try home.signingKey(named: nil) }
    #expect(try home.signingKey(named: second.fingerprint) == second)
  }

  @Test func theNewKeySaysWhatItIs() throws {
    let key = try home.create(.ed25519, userID: "maas-mirror on here")
    #expect(key.userIDs == ["maas-mirror on here"])
    #expect(key.algorithm.lowercased() == "ed25519")
    #expect(key.expires == nil)
    #expect(!key.isRevoked)
  }
}
