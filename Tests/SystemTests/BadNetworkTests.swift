import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// A line that loses, delays and rewrites what is sent: the sync comes through, or says what is wrong with the line.
@Suite struct BadNetworkTests {
  private static let squashfs = "noble/amd64/20260101/squashfs"
  private static let index = "streams/v1/index.sjson"
  private let upstream: FakeUpstream
  private let whole: [UInt8]
  /// What upstream offered before, by the paths of requests.
  private let earlier: [String: [UInt8]]

  init() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20251201"])], updated: FakeUpstream.time - 86_400)
    earlier = Dictionary(
      uniqueKeysWithValues: upstream.paths.map { ($0, upstream.file(String($0.dropFirst("/tree/".count))) ?? []) })
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    whole = try #require(upstream.file(Self.squashfs))
    self.upstream = upstream
  }

  private func configuration(_ url: String, retries: Int, extra: String) -> String {
    let source = Mirror.source("stable", upstream, extra: extra)
      .replacingOccurrences(of: "retries = 0", with: "retries = \(retries)")
      .replacingOccurrences(of: upstream.url, with: url)
    // Without a signing key, which takes longer to make than all the rest.
    return source + Mirror.publication("ephemeral-v3/stable", ["stable"], signed: "upstream")
  }

  private func mirror(_ url: String? = nil, retries: Int = 2, extra: String = "") throws -> Mirror {
    try Mirror(configuration(url ?? upstream.url, retries: retries, extra: extra))
  }

  /// A mirror that serves what upstream had before: a fault must leave that as it is.
  private func serving(_ url: String? = nil, retries: Int = 2, extra: String = "") throws -> Mirror {
    let honest = try ScriptedServer { [earlier] request, _ in
      earlier[request.target].map { .answer("200 OK", body: $0) } ?? .answer("404 Not Found")
    }
    let mirror = try mirror("http://127.0.0.1:\(honest.port)/tree/", retries: retries)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.errors)")
    try mirror.write(configuration(url ?? upstream.url, retries: retries, extra: extra))
    return mirror
  }

  private func comesThrough(_ mirror: Mirror, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    #expect(try StoreInvariants.violations(in: mirror.data) == [], sourceLocation: sourceLocation)
    let items = try StoreState.trees(in: mirror.data)["ephemeral-v3/stable"]?.items ?? []
    #expect(items.contains { $0.path.string == Self.squashfs }, sourceLocation: sourceLocation)
  }

  /// What happens to the first try of a file or a document.
  private static let faults: [(String, @Sendable ([UInt8]) -> [ScriptedServer.Step])] = [
    ("truncation", { .truncated($0, after: $0.count / 2) }),
    ("end", { _ in [.close] }),
    (
      "reset",
      { [.send("HTTP/1.1 200 OK\r\nContent-Length: \($0.count)\r\n\r\n"), .bytes(Array($0.prefix(100))), .reset] }
    ),
    (
      "stall",
      { [.send("HTTP/1.1 200 OK\r\nContent-Length: \($0.count)\r\n\r\n"), .bytes(Array($0.prefix(100))), .stall] }
    ),
    ("silence", { _ in [.stall] }),
    ("drip", { [.send("HTTP/1.1 200 OK\r\nContent-Length: \($0.count)\r\n\r\n"), .drip("x", milliseconds: 200)] }),
    ("429", { _ in .answer("429 Too Many Requests", headers: ["Retry-After: 1"]) }),
    ("503", { _ in .answer("503 Service Unavailable", body: Array("<html>busy</html>".utf8)) }),
    ("502 that does not end", { _ in [.send("HTTP/1.1 502 Bad Gateway\r\n\r\n"), .endless("<html>")] }),
    (
      "chunked and cut",
      { [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n"), .bytes(Array($0.prefix(100))), .close] }
    ),
  ]

  @Test(.timeLimit(.minutes(1)), arguments: [squashfs, index], faults.map(\.0))
  func aFaultThatPassesIsOvercome(path: String, kind: String) throws {
    let fault = try #require(Self.faults.first { $0.0 == kind }).1
    let bytes = try #require(upstream.file(path))
    upstream.misbehave(at: path) { _, attempt in attempt == 1 ? fault(bytes) : nil }
    try comesThrough(try serving(extra: "stall = 1"))
  }

  /// Of a body whose end is announced by a last chunk, or by nothing.
  private static let badEndings: [(String, @Sendable ([UInt8]) -> [ScriptedServer.Step])] = [
    ("no last chunk", { chunk($0) + [.close] }),
    ("reset behind a chunk", { chunk($0) + [.reset] }),
    ("a last chunk that does not come", { chunk($0) + [.stall] }),
    ("a chunk that is none", { chunk($0) + [.send("zz\r\n"), .close] }),
    ("reset", { [.send("HTTP/1.1 200 OK\r\n\r\n"), .bytes($0), .reset] }),
  ]

  private static func chunk(_ bytes: [UInt8]) -> [ScriptedServer.Step] {
    [
      .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(String(bytes.count, radix: 16))\r\n"),
      .bytes(bytes),
      .send("\r\n"),
    ]
  }

  /// Without a single retry: every byte is there, and its hash is right.
  @Test(.timeLimit(.minutes(1)), arguments: badEndings.map(\.0))
  func aFileThatCameWholeIsTakenHoweverItsConnectionEnded(kind: String) throws {
    let ending = try #require(Self.badEndings.first { $0.0 == kind }).1
    upstream.misbehave(at: Self.squashfs) { [whole] _, _ in ending(whole) }
    try comesThrough(try serving(retries: 0, extra: "stall = 1"))
    #expect(upstream.requests.filter { $0.hasSuffix(Self.squashfs) }.count == 1)
  }

  /// What broke the connection may have spoilt the bytes: once more from the start, and no more often.
  @Test(.timeLimit(.minutes(1)), arguments: [true, false])
  func aFileThatCameWholeAndWrongIsReadOnceMore(passes: Bool) throws {
    let wrong = whole.map { $0 ^ 0x55 }
    upstream.misbehave(at: Self.squashfs) { _, attempt in
      passes && attempt > 1 ? nil : Self.chunk(wrong) + [.close]
    }
    let mirror = try serving(retries: 4)
    if passes {
      try comesThrough(mirror)
    } else {
      let before = try StoreState.trees(in: mirror.data)["ephemeral-v3/stable"]?.items
      let run = try mirror.run("sync", "--publish")
      #expect(run.code == 1 && run.output.contains("20260101: item squashfs"), "\(run.output)")
      #expect(try StoreState.trees(in: mirror.data)["ephemeral-v3/stable"]?.items == before)
      #expect(try StoreInvariants.violations(in: mirror.data, partials: true) == [])
    }
    #expect(upstream.requests.filter { $0.hasSuffix(Self.squashfs) }.count == 2)
  }

  /// Of a document nobody knows the hash beforehand: one that may have been cut is none.
  @Test func aDocumentWhoseConnectionEndedBadlyIsNotTaken() throws {
    let bytes = try #require(upstream.file(Self.index))
    upstream.misbehave(at: Self.index) { _, _ in Self.chunk(bytes) + [.close] }
    let mirror = try serving(retries: 1)
    let state = try mirror.state()
    #expect(try mirror.run("sync", "--publish").code == 69)
    #expect(upstream.requests.filter { $0.hasSuffix(Self.index) }.count == 2)
    #expect(try mirror.state() == state)
    #expect(try StoreInvariants.violations(in: mirror.data) == [])
  }

  /// Not even a part was done, so the exit code says why.
  @Test(arguments: [("404 Not Found", 69), ("503 Service Unavailable", 69), ("200 OK", 65)])
  func aFirstSyncThatGetsNothingIsNotDoneInPart(status: String, code: Int32) throws {
    for path in upstream.paths where !path.contains("/streams/") {
      upstream.misbehave(at: String(path.dropFirst("/tree/".count))) { _, _ in .answer(status, body: [0x78]) }
    }
    let mirror = try mirror(retries: 0)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == code, "\(run.output)\(run.errors)")
    for text in ["nothing could be had, so there is no snapshot yet", "missing    "] {
      #expect(run.output.contains(text), "\(run.output)")
    }
    #expect(run.errors.contains("cannot begin: it needs “stable”, whose sync failed"), "\(run.errors)")
    #expect(try mirror.state().isEmpty)
    upstream.behave()
    try comesThrough(mirror)
  }

  @Test func aServerThatIgnoresRangesIsReadFromTheStart() throws {
    upstream.misbehave(at: Self.squashfs) { [whole] _, attempt in
      attempt == 1 ? .truncated(whole, after: 30_000) : .answer("200 OK", body: whole)
    }
    try comesThrough(try mirror())
  }

  /// Without a tag the rest is of the new file, and only the hash can tell: once more from the start, and no more often.
  @Test(arguments: [true, false])
  func aFileThatChangesBetweenTwoTriesIsNeverOfTwoPieces(hasTag: Bool) throws {
    let old = whole.map { $0 ^ 0x55 }
    upstream.misbehave(at: Self.squashfs) { [whole] request, attempt in
      let tag = hasTag ? "ETag: \"old\"\r\n" : ""
      if attempt == 1 {
        return [
          .send("HTTP/1.1 200 OK\r\n\(tag)Content-Length: \(old.count)\r\n\r\n"), .bytes(Array(old[..<30_000])), .close,
        ]
      }
      return request.headers["if-range"] == nil ? .range(of: whole, for: request) : .answer("200 OK", body: whole)
    }
    try comesThrough(try mirror())
    let starts = upstream.rangedRequests.count
    #expect(upstream.requests.filter { $0.hasSuffix(Self.squashfs) }.count == (hasTag ? 2 : 3) && starts == 1)
  }

  /// What stays wrong is named, and costs its version only.
  private static let lies: [(String, String, @Sendable ([UInt8]) -> [ScriptedServer.Step])] = [
    (
      "page", "were announced",
      { _ in .answer("200 OK", headers: ["Content-Type: text/html"], body: Array("<html>".utf8)) }
    ),
    ("longer", "were announced", { .answer("200 OK", body: $0 + [0]) }),
    ("encoded", "Content-Encoding gzip", { .answer("200 OK", headers: ["Content-Encoding: gzip"], body: $0) }),
    (
      "part", "asked for bytes from 0",
      { .answer("206 Partial Content", headers: ["Content-Range: bytes 0-\($0.count - 1)/\($0.count)"], body: $0) }
    ),
    ("smuggled", "two lengths", { .answer("200 OK", headers: ["Content-Length: 5"], body: $0) }),
    ("noise", "not valid HTTP", { _ in [.send("SSH-2.0-OpenSSH\r\n"), .close] }),
  ]

  @Test(arguments: lies.map(\.0))
  func aFaultThatStaysIsNamed(kind: String) throws {
    let (_, words, lie) = try #require(Self.lies.first { $0.0 == kind })
    upstream.misbehave(at: Self.squashfs) { [whole] _, _ in lie(whole) }
    let mirror = try serving()
    let trees = try StoreState.trees(in: mirror.data)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 1, "\(run.errors)")
    #expect(try StoreState.trees(in: mirror.data)["ephemeral-v3/stable"]?.items == trees["ephemeral-v3/stable"]?.items)
    #expect(try StoreState.lost(trees, in: mirror.data) == [])
    #expect(run.output.contains("20260101: item squashfs") && run.output.contains(words), "\(run.output)")
    #expect(
      upstream.requests.filter { $0.hasSuffix(Self.squashfs) }.count <= 2, "what would not change is not tried again")
    #expect(try StoreInvariants.violations(in: mirror.data, partials: true) == [])
    upstream.behave()
    try comesThrough(mirror)
  }

  @Test func aServerThatAsksForAnHourIsNotWaitedFor() throws {
    upstream.misbehave(at: Self.index) { _, _ in .answer("503 Busy", headers: ["Retry-After: 3600"]) }
    let run = try mirror().run("sync")
    #expect(run.code == 69)
    #expect(run.errors.contains("asks to wait 3600 s"))
    #expect(upstream.requests.count == 1)
  }

  @Test func retriesAreSpentPerFileAndThenOver() throws {
    upstream.misbehave(at: Self.squashfs) { [whole] _, _ in .truncated(whole, after: 100) }
    let mirror = try mirror(retries: 1)
    let run = try mirror.run("sync")
    #expect(run.code == 69)
    #expect(upstream.requests.filter { $0.hasSuffix(Self.squashfs) }.count == 2)
    #expect(upstream.requests.filter { $0.hasSuffix("boot-kernel") }.count == 1)
  }

  private func unreachable(_ url: String, extra: String = "", _ words: String...) throws {
    let mirror = try serving(url, extra: extra)
    let state = try mirror.state()
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 69, "\(run.errors)")
    for word in words { #expect(run.errors.contains(word), "\(run.errors)") }
    #expect(!(run.output + run.errors).contains("s3cret"))
    #expect(try mirror.state() == state)
    #expect(try StoreInvariants.violations(in: mirror.data) == [])
  }

  /// The address is what is reached in the place of the real one: by a stolen name, or a proxy that looks inside.
  @Test(
    .enabled(if: Certificate.isPossible, "openssl is needed"),
    arguments: [
      ("stranger", "certificate"), ("expired", "expired"), ("other name", "certificate"),
    ])
  func aCertificateThatDoesNotHold(kind: String, word: String) throws {
    let folder = try TemporaryFolder()
    let name = kind == "other name" ? "DNS:images.example" : "IP:127.0.0.1"
    let identity = try Certificate(in: folder, name: "upstream", for: name, days: kind == "expired" ? -1 : 2)
    let other = try Mirror(TLSServeTests.configuration(identity, listen: ""))
    let server = try ServedMirror(other, listen: [])
    let trust = kind == "stranger" ? "" : "ca = \"\(identity.certificate)\""
    try unreachable("\(server.addresses[0])ephemeral-v3/stable/", extra: trust, word)
    #expect(server.stop() == 0)
  }

  @Test func aNameThatDoesNotResolve() throws {
    try unreachable("http://upstream.invalid/tree/", "“upstream.invalid” cannot be resolved")
  }

  @Test func aPortThatDoesNotSpeakTLS() throws {
    try unreachable(upstream.url.replacingOccurrences(of: "http:", with: "https:"), "TLS could not be set up")
  }

  @Test func aProxyThatIsDead() throws {
    let port = try ScriptedServer.deadPort()
    try unreachable(
      upstream.url, extra: "proxy = \"http://jane:s3cret@127.0.0.1:\(port)\"", "no connection", "the proxy setting")
    #expect(upstream.requests.isEmpty)
  }

  @Test func aProxyThatRefuses() throws {
    let proxy = try ScriptedServer { _, _ in .answer("407 Proxy Authentication Required") }
    try unreachable(
      "https://upstream.example/", extra: "proxy = \"http://jane:s3cret@127.0.0.1:\(proxy.port)\"",
      "the proxy refused with status 407")
  }
}
