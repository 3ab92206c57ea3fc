import Foundation
import TestSupport
import Testing

/// An upstream whose key is over or was given up, made with gpg itself: the message names the key, when, and what to do.
@Suite struct OldKeyTests {
  private func offer(_ upstream: FakeUpstream, _ version: String, updated: Int64 = FakeUpstream.time) throws {
    try upstream.publish(
      [Catalogue.ubuntu(versions: [version])], updated: updated, forms: [.plain, .detached])
  }

  @Test func anExpiredKeyIsNamedWithItsEndAndAcceptedOnlyWhenTold() throws {
    let upstream = try FakeUpstream()
    try offer(upstream, "20260101")
    let signer = try OtherSigner(until: "20260401T000000")
    try signer.sign(upstream, at: "20260301T000000")
    let mirror = try Mirror(source: upstream)
    let run = try mirror.run("sync")
    #expect(run.code == 65)
    let words = [
      "signed by key \(signer.key), which expired on 2026-0", "install the signer's renewed keyring",
      "allow_expired_keys = true",
    ]
    for text in words { #expect(run.errors.contains(text), "\(run.errors)") }
    #expect(try mirror.state().isEmpty && mirror.leftovers.isEmpty)
    #expect(!upstream.requests.contains { $0.hasSuffix("squashfs") })
    try mirror.write(Mirror.source("stable", upstream, extra: "allow_expired_keys = true"))
    #expect(try mirror.run("sync").code == 0)
  }

  @Test func aRevokedKeyIsNamedAndWhatWasServedIsServedOn() throws {
    let upstream = try FakeUpstream()
    try offer(upstream, "20260101")
    let signer = try OtherSigner()
    try signer.sign(upstream, at: "20260301T000000")
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    let state = try mirror.state()
    try offer(upstream, "20260102", updated: FakeUpstream.time + 86_400)
    try signer.sign(upstream, at: "20260302T000000")
    try signer.revoke(for: upstream)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 65)
    let text =
      "was signed on 2026-03-02T00:00:00Z by key \(signer.key), which its owner revoked; get the signer's new keyring"
    #expect(run.errors.contains(text), "\(run.errors)")
    #expect(try mirror.state() == state)
  }
}
