import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// The attacks on metadata that the TUF specification names (§1.5.2), by an upstream or a line that is not ours.
@Suite struct MetadataAttackTests {
  @Test(arguments: [Siege.index, Siege.products])
  func arbitraryContent(document: String) throws {
    let siege = try Siege()
    try siege.publishNext()
    let text = String(decoding: try #require(siege.upstream.file(document)), as: UTF8.self)
    siege.upstream.set(document, Array(text.replacingOccurrences(of: "image-ids", with: "image-idz").utf8))
    try siege.isRepelled("does not match its signature")
    try siege.recovers()
  }

  @Test func rollbackOfTheIndexAndOfAProductsFile() throws {
    let siege = try Siege()
    try siege.upstream.publish([Catalogue.ubuntu(versions: ["20250101"])], updated: Siege.first - 86_400)
    let old = try #require(siege.upstream.file(Siege.products))
    try siege.isRepelled("older than the one of", "index.sjson")
    try siege.publishNext()
    siege.upstream.set(Siege.products, old)
    try siege.isRepelled("older than the one of", "v3:download.sjson")
    try siege.recovers()
  }

  @Test func rollbackByADocumentWithoutATime() throws {
    let siege = try Siege()
    try siege.publishNext(editIndex: { $0["updated"] = nil })
    try siege.isRepelled("without a time, older than the one of")
    try siege.recovers()
  }

  @Test func fastForward() throws {
    let siege = try Siege()
    let nextYear = Int64(Date().timeIntervalSince1970) + 365 * 86_400
    try siege.upstream.publish([Catalogue.ubuntu(versions: ["20260201"])], updated: nextYear)
    try siege.isRepelled("would look like a replay")
    try siege.recovers()
  }

  @Test func mixAndMatchOfAnOlderProductsFile() throws {
    let siege = try Siege()
    try siege.publishNext()
    let next = try #require(siege.upstream.file(Siege.products))
    // Newer than what was accepted, so no rollback; but the index knows of a newer one.
    try siege.upstream.publish(
      [Catalogue.ubuntu(versions: ["20260101", "20260301"])], updated: Siege.first + 2 * 86_400)
    siege.upstream.set(Siege.products, next)
    try siege.isRepelled("documents of two states are mixed", "v3:download.sjson")
    #expect(
      siege.upstream.requests.filter { $0.hasSuffix("index.sjson") }.count == 4, "read once, and three times again")
    try siege.upstream.publish(
      [Catalogue.ubuntu(versions: ["20260101", "20260301"])], updated: Siege.first + 2 * 86_400)
    #expect(try siege.mirror.run("sync", "--publish").code == 0)
  }

  @Test func mixAndMatchOfAnOlderIndex() throws {
    let siege = try Siege()
    try siege.publishNext()
    let index = try #require(siege.upstream.file(Siege.index))
    let more = Catalogue.joined(
      Catalogue.ubuntu(versions: ["20260301"]),
      Catalogue.ubuntu(versions: ["20260301"], release: "jammy", number: "22.04"))
    try siege.upstream.publish([more], updated: Siege.first + 2 * 86_400)
    siege.upstream.set(Siege.index, index)
    try siege.isRepelled("do not have the same products", "22.04")
  }

  /// An upstream that writes while we read is no attack.
  @Test func aChangeDuringTheSyncIsReadOnceMore() throws {
    let siege = try Siege()
    let old = try #require(siege.upstream.file(Siege.products))
    try siege.publishNext()
    siege.upstream.misbehave(at: Siege.products) { _, attempt in attempt <= 2 ? .answer("200 OK", body: old) : nil }
    let run = try siege.mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    try siege.isSound()
  }

  @Test func aListedDocumentThatIsNotThereYetIsAskedForOnceMore() throws {
    let siege = try Siege()
    try siege.publishNext()
    siege.upstream.misbehave(at: Siege.products) { _, attempt in attempt <= 2 ? .answer("404 Not Found") : nil }
    let run = try siege.mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
  }

  @Test func aProductsFileUnderAnotherName() throws {
    let siege = try Siege()
    try siege.publishNext(edit: { $0["content_id"] = .string("com.ubuntu.maas:candidate:v3:download") })
    try siege.isRepelled("says that it is “com.ubuntu.maas:candidate:v3:download”")
    try siege.recovers()
  }

  @Test(arguments: [Siege.index, Siege.products])
  func endlessData(document: String) throws {
    let siege = try Siege()
    try siege.publishNext()
    siege.upstream.misbehave(at: document) { _, _ in
      [.send("HTTP/1.1 200 OK\r\n\r\n"), .endless(String(repeating: "x", count: 100_000))]
    }
    try siege.isRepelled("is longer than the")
    try siege.recovers()
  }

  @Test(arguments: [Siege.index, Siege.products])
  func slowRetrieval(document: String) throws {
    let siege = try Siege(extra: "stall = 1")
    try siege.publishNext()
    siege.upstream.misbehave(at: document) { _, _ in
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"), .drip("x", milliseconds: 100)]
    }
    try siege.isRepelled(code: 69, "next to nothing arrived for 1 s")
    try siege.recovers()
  }

  @Test func aKeyThatIsNotOurs() throws {
    let siege = try Siege()
    let known = siege.upstream.fingerprint
    let keyring = try Data(contentsOf: URL(fileURLWithPath: siege.upstream.keyring))
    try siege.upstream.rekey()
    try keyring.write(to: URL(fileURLWithPath: siege.upstream.keyring))
    try siege.publishNext()
    try siege.isRepelled("not in the keyring", known)
  }

  private static let wrappings: [(name: String, wrap: @Sendable (String) -> String)] = [
    ("before", { "{\"index\": {}}\n" + $0 }),
    ("after", { $0 + "{\"index\": {}}\n" }),
    ("between", { $0.replacingOccurrences(of: "Hash: ", with: "{\"index\": {}}\nHash: ") }),
    ("twice", { $0 + $0 }),
    ("unsigned", { _ in "{\"format\": \"index:1.0\", \"index\": {}}\n" }),
    ("cut", { String($0.dropLast(60)) }),
    ("inside", { $0.replacingOccurrences(of: "\n-----BEGIN PGP SIG", with: "\n\($0)\n-----BEGIN PGP SIG") }),
    ("mark", { "\u{FEFF}" + $0 }),
  ]

  @Test func signatureWrapping() throws {
    let siege = try Siege()
    try siege.publishNext()
    let signed = String(decoding: try #require(siege.upstream.file(Siege.index)), as: UTF8.self)
    for (name, wrap) in Self.wrappings {
      #expect(wrap(signed) != signed, "\(name)")
      siege.upstream.set(Siege.index, Array(wrap(signed).utf8))
      try siege.isRepelled("is not one clear-signed message")
    }
    try siege.recovers()
  }

  /// A message with a text of its own, validly signed, in the place of the signature of another text.
  @Test func signatureWrappingInADetachedSignature() throws {
    let siege = try Siege()
    try siege.publishNext()
    siege.upstream.set(Siege.index, nil)
    let plain = try #require(siege.upstream.file("streams/v1/index.json"))
    siege.upstream.set("streams/v1/index.json.gpg", try siege.upstream.clearSign(plain))
    try siege.isRepelled("the signature of", "is not one")
    try siege.recovers()
  }
}
