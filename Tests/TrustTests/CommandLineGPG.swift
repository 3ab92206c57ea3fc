import Foundation
import TestSupport
import Testing

@testable import Trust

/// gpg as people run it, in a home of its own: makes what our own signing never would.
final class CommandLineGPG: Sendable {
  let folder: TemporaryFolder
  let home: String

  /// A moment that gpg is told it is, as in `20200101T000000`.
  typealias Moment = String

  init() throws {
    folder = try TemporaryFolder()
    home = folder.file("gpg")
    try FileManager.default.createDirectory(
      atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { _ = try? ProcessRun.run("/usr/bin/gpgconf", ["--homedir", home, "--kill", "all"]) }

  @discardableResult
  private func gpg(_ arguments: [String], at moment: Moment? = nil, input: [UInt8] = []) throws -> ProcessRun {
    let common = ["--batch", "--yes", "--quiet", "--homedir", home, "--pinentry-mode", "loopback", "--passphrase", ""]
    let time = moment.map { ["--faked-system-time", "\($0)!"] } ?? []
    let run = try ProcessRun.run("/usr/bin/gpg", common + time + arguments, input: input)
    try #require(run.code == 0, "gpg \(arguments): \(run.errors)")
    return run
  }

  private func result(
    _ arguments: [String], at moment: Moment? = nil, input: [UInt8] = []
  ) throws -> [UInt8] {
    let file = folder.file("\(UUID().uuidString).out")
    try gpg(["--output", file] + arguments, at: moment, input: input)
    return Array(try #require(FileManager.default.contents(atPath: file)))
  }

  /// - Parameters:
  ///   - expires: as gpg takes it: `never`, `1y`.
  ///   - passphrase: empty for none.
  func makeKey(
    _ userID: String, algorithm: String = "ed25519", expires: String = "never", at moment: Moment? = nil,
    passphrase: String = ""
  ) throws -> Fingerprint {
    // Of two passphrases gpg takes the last.
    try gpg(["--passphrase", passphrase, "--quick-generate-key", userID, algorithm, "sign", expires], at: moment)
    let listed = try gpg(["--with-colons", "--list-keys", "=\(userID)"]).output
    // fpr:::::::::<fingerprint>:
    let line = try #require(listed.split(separator: "\n").first { $0.hasPrefix("fpr:") })
    return try #require(Fingerprint(String(line.filter { $0 != ":" }.dropFirst(3))))
  }

  func addSubkey(to key: Fingerprint, expires: String, at moment: Moment) throws {
    try gpg(["--quick-add-key", key.hex, "ed25519", "sign", expires], at: moment)
  }

  func clearSign(
    _ text: String, with keys: Fingerprint..., at moment: Moment? = nil, options: [String] = []
  ) throws -> [UInt8] {
    let signers = keys.flatMap { ["--local-user", $0.hex] }
    return try result(signers + options + ["--clear-sign"], at: moment, input: Array(text.utf8))
  }

  func export(_ keys: Fingerprint..., armoured: Bool = false) throws -> [UInt8] {
    try result((armoured ? ["--armor"] : []) + ["--export"] + keys.map(\.hex))
  }

  func exportSecret(
    _ key: Fingerprint, armoured: Bool = false, passphrase: String = ""
  ) throws -> [UInt8] {
    try result(["--passphrase", passphrase] + (armoured ? ["--armor"] : []) + ["--export-secret-keys", key.hex])
  }

  /// Text and signature in one message, in binary packets.
  func inlineSign(_ text: String, with key: Fingerprint) throws -> [UInt8] {
    try result(["--local-user", key.hex, "--compress-algo", "none", "--sign"], input: Array(text.utf8))
  }

  func detachSign(_ text: String, with key: Fingerprint) throws -> [UInt8] {
    try result(["--local-user", key.hex, "--detach-sign"], input: Array(text.utf8))
  }

  /// With the certificate that gpg puts beside every new key, made harmless by a colon.
  func revoke(_ key: Fingerprint) throws {
    let data = try #require(FileManager.default.contents(atPath: "\(home)/openpgp-revocs.d/\(key.hex).rev"))
    let text = String(decoding: data, as: UTF8.self).replacingOccurrences(of: ":-----BEGIN", with: "-----BEGIN")
    try gpg(["--import"], input: Array(text.utf8))
  }
}

/// Now, for verifications of what was signed a moment ago.
var now: Int64 { Int64(Date().timeIntervalSince1970) }
