import Foundation
import TestSupport
import Testing

@testable import Trust

/// What signing and verifying leave behind on the machine: nothing.
@Suite struct HomeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func isAgentRunning(_ home: String) throws -> Bool {
    try ProcessRun.run("/usr/bin/gpg-connect-agent", ["--no-autostart", "--homedir", home, "GETINFO pid", "/bye"])
      .output.contains("OK")
  }

  /// The agent is told to end and does so in its own time; ten seconds are far more than it needs.
  private func agentEnds(_ home: String) throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
      if try !isAgentRunning(home) { return true }
    }
    return false
  }

  @Test func leavesNoAgentRunning() throws {
    let path = folder.file("keys")
    do {
      let home = try SigningHome(path: path)
      let key = try home.create(.ed25519, userID: "a test").fingerprint
      _ = try home.clearSign(Array("{}\n".utf8), with: key)
      #expect(try isAgentRunning(path))
    }
    #expect(try agentEnds(path))
  }

  @Test func closingEndsTheAgentAndTheHomeCanBeUsedAgain() throws {
    let path = folder.file("keys")
    let home = try SigningHome(path: path)
    let key = try home.create(.ed25519, userID: "a test").fingerprint
    home.close()
    home.close()
    #expect(try agentEnds(path))
    _ = try home.clearSign(Array("{}\n".utf8), with: key)
    #expect(try isAgentRunning(path))
    home.close()
    #expect(try agentEnds(path))
  }

  /// `[signing] home` may be an operator's own, whose agent holds passphrases that were typed into it.
  @Test func anAgentThatRanBeforeGoesOnRunning() throws {
    let path = folder.file("keys")
    let own = try SigningHome(path: path)
    let key = try own.create(.ed25519, userID: "a test").fingerprint
    let second = try SigningHome(path: path)
    _ = try second.clearSign(Array("{}\n".utf8), with: key)
    second.close()
    #expect(try isAgentRunning(path))
    own.close()
    #expect(try agentEnds(path))
  }

  /// The name of a socket ends at 107 bytes, and gpg-agent puts one into its home.
  @Test func signsInAHomeDeepInTheFileSystem() throws {
    var path = folder.path
    while path.utf8.count < 150 { path += "/" + String(repeating: "d", count: min(40, max(1, 149 - path.utf8.count))) }
    try FileManager.default.createDirectory(
      atPath: String(path[..<path.lastIndex(of: "/")!]), withIntermediateDirectories: true)
    let shortcut: String
    do {
      let home = try SigningHome(path: path)
      let key = try home.create(.ed25519, userID: "a test").fingerprint
      let text = Array("{}\n".utf8)
      let keyring = try Keyring(bytes: try home.publicKeyring(key), name: "test.gpg")
      #expect(
        try keyring.verify(clearSigned: try home.clearSign(text, with: key), as: "index", now: now).payload == text)
      let link = HomeShortcutLink.all.first { (try? FileManager.default.destinationOfSymbolicLink(atPath: $0)) == path }
      shortcut = try #require(link)
      #expect(try isAgentRunning(shortcut))
    }
    #expect(!FileManager.default.fileExists(atPath: shortcut))
    try FileManager.default.createSymbolicLink(atPath: folder.file("h"), withDestinationPath: path)
    #expect(try agentEnds(folder.file("h")))
    // The key outlives the object: the next run finds it.
    #expect(try SigningHome(path: path).secretKeys().count == 1)
  }

  @Test func verifyingHappensInAFolderThatIsGoneAfterwards() throws {
    let scratch = folder.file("scratch")
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    let gpg = try CommandLineGPG()
    let key = try gpg.makeKey("signer")
    let signed = try gpg.clearSign("{}\n", with: key)
    do {
      let keyring = try Keyring(bytes: try gpg.export(key), name: "test.gpg", temporaryFolder: scratch)
      _ = try keyring.verify(clearSigned: signed, as: "index", now: now)
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).count == 1)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).isEmpty)
  }

  /// What a killed run left has a lock that nobody holds.
  @Test func whatAKilledRunLeftIsRemovedByTheNextAndWhatIsInUseIsNot() throws {
    let scratch = folder.file("scratch")
    for name in ["maas-mirror-dead01", "maas-mirror-alive1", "maas-mirror-others", "maas-mirror-of-another-program"] {
      try FileManager.default.createDirectory(atPath: "\(scratch)/\(name)/private", withIntermediateDirectories: true)
    }
    for name in ["dead01/in-use", "dead01/private/key", "alive1/in-use"] {
      #expect(FileManager.default.createFile(atPath: "\(scratch)/maas-mirror-\(name)", contents: nil))
    }
    // Killed before it had a lock.
    try FileManager.default.createDirectory(atPath: "\(scratch)/maas-mirror-dead02", withIntermediateDirectories: true)
    let owner = open("\(scratch)/maas-mirror-alive1/in-use", O_RDWR | O_CLOEXEC)
    defer { close(owner) }
    #expect(flock(owner, LOCK_EX) == 0)
    do {
      let first = try ScratchFolder(in: scratch)
      let second = try ScratchFolder(in: scratch)
      #expect(FileManager.default.fileExists(atPath: first.path))
      withExtendedLifetime((first, second)) {}
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch).sorted()
        == ["maas-mirror-alive1", "maas-mirror-of-another-program", "maas-mirror-others"])
  }

  /// In a process of its own, because a home folder belongs to the process.
  @Test func theUsersOwnKeyringIsNeitherReadNorMade() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let user = folder.file("user")
      try FileManager.default.createDirectory(atPath: user, withIntermediateDirectories: true)
      setenv("HOME", user, 1)
      unsetenv("GNUPGHOME")
      let home = try SigningHome(path: folder.file("keys"))
      let key = try home.create(.ed25519, userID: "a test").fingerprint
      let signed = try home.clearSign(Array("{}\n".utf8), with: key)
      _ = try Keyring(bytes: try home.publicKeyring(key), name: "test.gpg").verify(
        clearSigned: signed, as: "index", now: now)
      home.close()
      #expect(try FileManager.default.contentsOfDirectory(atPath: user).isEmpty)
    }
  }

  @Test func theHomeIsForItsOwnerOnly() throws {
    _ = try SigningHome(path: folder.file("keys"))
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("keys"))
    #expect(attributes[.posixPermissions] as? Int == 0o700)
  }

  @Test func saysThatAHomeIsNotThere() {
    let path = folder.file("none")
    #expect(
      throws: TrustError.gnupg(
        operation: "use the folder \(path)", reason: "No such file or directory", remedy: .folder)
    ) {
      try SigningHome(path: path, create: false)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}

/// The links in /tmp that stand for long homes.
enum HomeShortcutLink {
  static var all: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
    return names.filter { $0.hasPrefix("maas-mirror-") }.map { "/tmp/\($0)/h" }
  }
}
