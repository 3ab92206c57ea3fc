import Foundation
import TestSupport
import Testing

/// A signer of images who works with gpg itself, at any time.
final class OtherSigner: Sendable {
  private let folder: TemporaryFolder
  private let home: String
  let key: String

  /// Began with 2026.
  /// - Parameter end: of the key, as gpg takes it.
  init(until end: String = "never") throws {
    folder = try TemporaryFolder()
    home = folder.file("gpg")
    try FileManager.default.createDirectory(
      atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let began = "20260101T000000"
    _ = try Self.gpg(
      home, ["--quick-generate-key", "signer of images", "ed25519", "sign", end], at: began)
    let listed = try Self.gpg(home, ["--with-colons", "--list-keys"], at: began).output
    // fpr:::::::::<fingerprint>:
    let line = try #require(listed.split(separator: "\n").first { $0.hasPrefix("fpr:") })
    key = String(line.dropFirst(4).filter { $0 != ":" })
  }

  deinit { _ = try? ProcessRun.run("/usr/bin/gpgconf", ["--homedir", home, "--kill", "all"]) }

  /// - Parameter moment: that gpg is told it is, as in `20200101T000000`.
  private static func gpg(
    _ home: String, _ arguments: [String], at moment: String?, input: [UInt8] = []
  ) throws -> ProcessRun {
    let common = ["--batch", "--yes", "--homedir", home, "--pinentry-mode", "loopback", "--passphrase", ""]
    let time = moment.map { ["--faked-system-time", "\($0)!"] } ?? []
    let run = try ProcessRun.run("/usr/bin/gpg", common + time + arguments, input: input)
    try #require(run.code == 0, "\(arguments): \(run.errors)")
    return run
  }

  /// Signs all documents that are offered, and is whom the upstream's keyring names from now on.
  func sign(_ upstream: FakeUpstream, at moment: String?) throws {
    for path in upstream.paths where path.hasSuffix(".json") {
      let name = String(path.dropFirst("/tree/".count))
      let file = folder.file("signature")
      _ = try Self.gpg(home, ["--output", file, "--detach-sign"], at: moment, input: upstream.file(name) ?? [])
      upstream.set("\(name).gpg", FileManager.default.contents(atPath: file).map { Array($0) })
    }
    try export(to: upstream)
  }

  /// With the certificate that gpg lays beside every new key, made harmless by a colon.
  func revoke(for upstream: FakeUpstream) throws {
    let certificate = try Data(contentsOf: URL(fileURLWithPath: "\(home)/openpgp-revocs.d/\(key).rev"))
    let text = String(decoding: certificate, as: UTF8.self).replacingOccurrences(of: ":-----BEGIN", with: "-----BEGIN")
    _ = try Self.gpg(home, ["--import"], at: nil, input: Array(text.utf8))
    try export(to: upstream)
  }

  private func export(to upstream: FakeUpstream) throws {
    _ = try Self.gpg(home, ["--output", upstream.keyring, "--export"], at: "20260101T000001")
  }
}
