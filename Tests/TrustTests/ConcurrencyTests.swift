import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Trust

/// On threads of their own: gpgme blocks, and the tests' pool is small.
@Suite struct ConcurrencyTests {
  private static let threads = 6
  private let folder: TemporaryFolder
  private let home: SigningHome
  private let key: Fingerprint

  init() throws {
    folder = try TemporaryFolder()
    home = try SigningHome(path: folder.file("keys"))
    key = try home.create(.ed25519, userID: "a test").fingerprint
  }

  private func onThreads(_ body: @escaping @Sendable (Int) throws -> Void) -> [String] {
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: Self.threads) { number in
      do { try body(number) } catch { failures.withLock { $0.append("\(number): \(error)") } }
    }
    return failures.withLock { $0 }
  }

  private struct Mismatch: Error {}

  @Test func oneKeyringServesSeveralThreads() throws {
    let keyring = try Keyring(bytes: try home.publicKeyring(key), name: "test.gpg")
    let (home, key) = (home, key)
    let texts = (0..<Self.threads).map { Array("{\"number\": \($0)}\n".utf8) }
    let signed = try texts.map { try home.clearSign($0, with: key) }
    let failures = onThreads { number in
      let payload = try keyring.verify(clearSigned: signed[number], as: "index", now: now).payload
      if payload != texts[number] { throw Mismatch() }
    }
    #expect(failures.isEmpty)
  }

  @Test func severalKeyringsAndSignersWorkSideBySide() throws {
    let (home, key) = (home, key)
    let bytes = try home.publicKeyring(key)
    let failures = onThreads { number in
      let text = Array("{\"number\": \(number)}\n".utf8)
      let signed = try home.clearSign(text, with: key)
      let keyring = try Keyring(bytes: bytes, name: "test.gpg")
      if try keyring.verify(clearSigned: signed, as: "index", now: now).payload != text { throw Mismatch() }
    }
    #expect(failures.isEmpty)
  }
}
