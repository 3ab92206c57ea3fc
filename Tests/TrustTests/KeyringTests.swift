import Foundation
import TestSupport
import Testing

@testable import Trust

@Suite struct KeyringTests {
  private let gpg: CommandLineGPG

  init() throws { gpg = try CommandLineGPG() }

  @Test func loadsBinaryAndArmouredKeyrings() throws {
    let key = try gpg.makeKey("one")
    for armoured in [false, true] {
      let keyring = try Keyring(bytes: try gpg.export(key, armoured: armoured), name: "test.gpg")
      #expect(keyring.keys.map(\.fingerprint) == [key])
      #expect(keyring.keys.first?.userIDs == ["one"])
    }
  }

  /// As a shell's `cat one.asc two.asc` leaves them; gpg itself takes only the first.
  @Test func loadsSeveralArmouredBlocks() throws {
    let (one, two) = (try gpg.makeKey("one"), try gpg.makeKey("two"))
    let blocks = try gpg.export(one, armoured: true) + Array("\n".utf8) + gpg.export(two, armoured: true)
    #expect(Set(try Keyring(bytes: blocks, name: "test.asc").keys.map(\.fingerprint)) == [one, two])
  }

  @Test func loadsSeveralKeysOfABinaryKeyring() throws {
    let (one, two) = (try gpg.makeKey("one"), try gpg.makeKey("two"))
    #expect(Set(try Keyring(bytes: try gpg.export(one, two), name: "test.gpg").keys.map(\.fingerprint)) == [one, two])
  }

  @Test func loadsArmouredBlocksWithOtherLineEndsAndCommentsBetweenThem() throws {
    let (one, two) = (try gpg.makeKey("one"), try gpg.makeKey("two"))
    let blocks = try [one, two].map { String(decoding: try gpg.export($0, armoured: true), as: UTF8.self) }
    let text = "the first:\n\(blocks[0])\nthe second:\n\(blocks[1])".replacing("\n", with: "\r\n")
    #expect(Set(try Keyring(bytes: Array(text.utf8), name: "test.asc").keys.map(\.fingerprint)) == [one, two])
  }

  /// The key that is missed in silence is the one that tomorrow's documents are signed by.
  @Test func refusesAKeyringOfWhichGPGWouldReadOnlyAPart() throws {
    let (one, two) = (try gpg.makeKey("one"), try gpg.makeKey("two"))
    let (binary, armoured) = (try gpg.export(one, two), try gpg.export(two, armoured: true))
    let parts = [
      Array(binary.dropLast(30)), binary + Array("garbage".utf8), [0xFF, 0xFE] + binary,
      try gpg.export(one, armoured: true) + armoured.dropLast(60),
      Array(String(decoding: armoured, as: UTF8.self).replacing("=", with: "!").utf8),
    ]
    for bytes in parts {
      let error = try #require(throws: TrustError.self) { try Keyring(bytes: bytes, name: "test.gpg") }
      #expect(error.description.contains("cut off or damaged"), "\(error)")
    }
  }

  @Test func saysThatAKeyboxIsNoKeyring() throws {
    let database = [0, 0, 0, 32, 1, 1, 0, 0] + Array("KBXf".utf8) + [UInt8](repeating: 0, count: 20)
    let error = try #require(throws: TrustError.self) { try Keyring(bytes: database, name: "pubring.kbx") }
    #expect(error.description.contains("keybox") && error.description.contains("gpg --export"))
  }

  @Test func loadsAFile() throws {
    let key = try gpg.makeKey("one")
    try gpg.folder.write(try gpg.export(key), "file.gpg")
    #expect(try Keyring(contentsOf: gpg.folder.file("file.gpg")).keys.map(\.fingerprint) == [key])
  }

  @Test(arguments: [
    [], Array("garbage\n".utf8), [0x99, 0x01, 0x02, 0x03], [UInt8](repeating: 0, count: 4096),
    Array("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n".utf8),
  ])
  func saysThatAFileIsNoKeyring(bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: TrustError.self) {
      try Keyring(bytes: bytes, name: "test.gpg", temporaryFolder: folder.path)
    }
    guard case .keyring(path: "test.gpg", _, .publicKeys)? = error else {
      return #expect(Bool(false), "\(String(describing: error))")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func refusesASecretKeyWhereverItStands() throws {
    let key = try gpg.makeKey("one")
    let (publicBlock, secretBlock) = (
      try gpg.export(key, armoured: true), try gpg.exportSecret(key, armoured: true)
    )
    let files = [
      try gpg.exportSecret(key), try gpg.export(key) + gpg.exportSecret(key), secretBlock, publicBlock + secretBlock,
      secretBlock + publicBlock,
    ]
    for bytes in files {
      let error = try #require(throws: TrustError.self) { try Keyring(bytes: bytes, name: "test.gpg") }
      #expect(error.description.contains("holds a secret key"))
    }
  }

  @Test func saysThatAFileIsMissingOrHuge() throws {
    #expect(throws: TrustError.keyring(path: "/nowhere/a.gpg", reason: "No such file or directory")) {
      try Keyring(contentsOf: "/nowhere/a.gpg")
    }
    try gpg.folder.write([UInt8](repeating: 0, count: KeyringFile.limit + 1), "huge.gpg")
    let huge = gpg.folder.file("huge.gpg")
    #expect(throws: TrustError.keyring(path: huge, reason: "it has more than 4 MiB")) { try Keyring(contentsOf: huge) }
  }
}
