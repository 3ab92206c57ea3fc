import Simplestreams
import Storage
import Testing

@testable import Serving

@Suite struct ResponderTests {
  private let responder: Responder
  private static let base = "/ephemeral-v3/stable"
  private static let kernel = "\(base)/\(SampleView.kernel)"

  init() throws { responder = SampleView.responder(try SampleView.tree()) }

  private func answer(_ target: String, _ headers: [String: String] = [:], method: String = "GET") -> Answer {
    responder.answer(SampleView.get(target, headers, method: method))
  }

  @Test func sendsAFileWhole() {
    let answer = answer(Self.kernel)
    #expect(answer.status == 200)
    #expect(answer.body == .blob(SampleView.digest(SampleView.kernel), size: 100, range: 0..<100))
    #expect(answer.length == 100)
    #expect(answer["Accept-Ranges"] == "bytes")
    #expect(answer["Last-Modified"] == SampleView.date)
    #expect(answer["Content-Encoding"] == nil)
  }

  /// RFC 9110 §8.8.3: an entity tag is quoted; the hash of the bytes is a strong one.
  @Test func theEntityTagIsTheHash() { #expect(answer(Self.kernel)["ETag"] == SampleView.tag(SampleView.kernel)) }

  /// A path of an item never changes its bytes; a document does.
  @Test func itemsAreCachedForEverAndDocumentsAreAskedForAgain() {
    #expect(answer(Self.kernel)["Cache-Control"] == "max-age=31536000, immutable")
    #expect(answer("\(Self.base)/streams/v1/index.sjson")["Cache-Control"] == "no-cache")
    #expect(answer("/healthz")["Cache-Control"] == "no-store")
  }

  /// RFC 9110 §9.3.2: HEAD has the header fields of GET; §14.2: Range is defined for GET only.
  @Test func headAnswersAsGetAndIgnoresRange() {
    #expect(answer(Self.kernel, method: "HEAD") == answer(Self.kernel))
    #expect(answer(Self.kernel, ["Range": "bytes=0-9"], method: "HEAD") == answer(Self.kernel))
  }

  /// RFC 9110 §15.5.6: 405 says which methods there are.
  @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"])
  func refusesOtherMethods(method: String) {
    let answer = answer(Self.kernel, method: method)
    #expect(answer.status == 405)
    #expect(answer["Allow"] == "GET, HEAD, OPTIONS")
  }

  /// RFC 9110 §9.3.7: 204 without content; `*` asks about the server.
  @Test(arguments: [kernel, "\(base)/", "/", "/healthz", "*"])
  func saysWhatMayBeAskedFor(target: String) {
    let answer = answer(target, ["If-Match": "\"other\""], method: "OPTIONS")
    #expect(answer.status == 204 && answer.body == .none)
    #expect(answer["Allow"] == "GET, HEAD, OPTIONS")
  }

  @Test func hasNoOptionsForWhatIsNotThere() { #expect(answer("/nothing", method: "OPTIONS").status == 404) }

  /// RFC 9110 §10.1.1: 417 for any other expectation.
  @Test func meetsNoOtherExpectation() {
    #expect(answer(Self.kernel, ["Expect": "100-Continue"]).status == 200)
    #expect(answer(Self.kernel, ["Expect": "a-pony"]).status == 417)
  }

  /// RFC 9530 §3.
  @Test func sendsTheHashOfWhatItSends() {
    #expect(
      ReprDigest.of(SHA256Digest(hashing: Array("hello\n".utf8)))
        == "sha-256=:WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM=:")
    let whole = ReprDigest.of(SampleView.digest(SampleView.kernel))
    #expect(answer(Self.kernel)["Repr-Digest"] == whole)
    #expect(answer(Self.kernel, ["Range": "bytes=1-2"])["Repr-Digest"] == whole)
    #expect(answer(Self.kernel, ["Range": "bytes=500-"])["Repr-Digest"] == nil)
  }

  /// Old regions ask for the second path first, and add the slash only on 404.
  @Test(arguments: [
    "/nothing", "/ephemeral-v3/stablestreams/v1/index.sjson", "/streams/v1/index.sjson",
    "\(base)/streams/v1/other.sjson",
    "\(base)/streams/v1/index.sjson/", "\(base)/\(SampleView.kernel)/", "/keyring.gpg/", "/healthz/x",
    "/Ephemeral-v3/stable/", "*",
  ])
  func anythingElseIsNotFound(target: String) {
    let answer = answer(target)
    #expect(answer.status == (target == "*" ? 400 : 404))
    #expect(answer["Location"] == nil)
    #expect(answer["Content-Type"] == "text/plain; charset=utf-8")
  }

  @Test(arguments: [
    ("\(base)/streams/v1/index.json", "application/json"),
    ("\(base)/streams/v1/index.sjson", "text/plain; charset=utf-8"),
    ("\(base)/streams/v1/index.json.gpg", "application/pgp-signature"),
    (kernel, "application/octet-stream"), ("/keyring.gpg", "application/pgp-keys"),
    ("/", "text/html; charset=utf-8"), ("\(base)/", "text/html; charset=utf-8"),
    ("/healthz", "text/plain; charset=utf-8"),
  ])
  func saysWhatItSends(target: String, type: String) {
    #expect(answer(target).status == 200)
    #expect(answer(target)["Content-Type"] == type)
  }

  @Test(arguments: [
    ("a.tar.xz", "application/x-xz"), ("a.manifest", "text/plain; charset=utf-8"), ("a", "application/octet-stream"),
  ])
  func knowsTheTypesOfItems(name: String, type: String) { #expect(MediaType.of("x/\(name)") == type) }

  @Test func sendsThePublicKey() {
    #expect(answer("/keyring.gpg").body == .blob(SampleView.digest("keyring"), size: 100, range: 0..<100))
  }

  @Test func hasNoPublicKeyWhenNothingIsSignedHere() {
    let responder = Responder(view: TreeView([], replaced: [], keyring: nil), unready: { _ in [] })
    #expect(responder.answer(SampleView.get("/keyring.gpg")).status == 404)
  }

  @Test func isAliveEvenWhenItIsNotReady() throws {
    let unready = SampleView.responder(try SampleView.tree(), unready: ["a is missing", "b is missing"])
    #expect(unready.answer(SampleView.get("/healthz")).status == 200)
    let answer = unready.answer(SampleView.get("/readyz"))
    #expect(answer.status == 503)
    #expect(answer.text == "a is missing\nb is missing\n")
    #expect(responder.answer(SampleView.get("/readyz")).status == 200)
  }

  /// Whether the server is ready is on the disk: whoever asks in another spelling must not make an event loop read it.
  @Test(arguments: ["/readyz", "/readyz?x", "/%72eadyz", "http://mirror/readyz"], ["GET", "HEAD"])
  func noEventLoopReadsTheDisk(target: String, method: String) {
    let asked = Responder(view: responder.view, unready: { _ in ["the disk was read"] })
    guard case .readiness = asked.decide(SampleView.get(target, method: method)) else {
      Issue.record("\(method) \(target) is answered at once")
      return
    }
    #expect(asked.readiness.text == "the disk was read\n")
  }
}
