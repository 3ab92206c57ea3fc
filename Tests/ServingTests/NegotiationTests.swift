import Simplestreams
import Storage
import Testing

@testable import Serving

/// RFC 9110 §12.5.3 and §5.6.7.
@Suite struct NegotiationTests {
  @Test(arguments: [
    ("zstd", true), ("gzip, ZSTD;q=0.5", true), ("zstd ; q=1", true), ("gzip", false), ("zstd;q=0", false), ("", false),
    ("zstd-x", false), ("*", false), ("identity, zstd;q=0.5", false), ("identity;q=0.5, zstd", true),
    ("zstd;q=x", false),
    ("zstd;q=0.001", true), ("zstd;q=1.5", false),
  ])
  func aDocumentIsCompressedOnlyForThoseWhoTakeIt(header: String, isPacked: Bool) throws {
    var tree = try SampleView.tree()
    tree.documents[0].zstd = .init(sha256: SampleView.digest("packed"), size: 7)
    let target = "/ephemeral-v3/stable/\(tree.documents[0].path)"
    let answer = SampleView.responder(tree).answer(SampleView.get(target, ["Accept-Encoding": header]))
    #expect(answer["Content-Encoding"] == (isPacked ? "zstd" : nil))
    #expect(answer["Vary"] == "Accept-Encoding")
    // RFC 9530 §3: of what is sent, so with its coding.
    let sent = isPacked ? SampleView.digest("packed") : tree.documents[0].sha256
    #expect(answer["Repr-Digest"] == ReprDigest.of(sent))
    #expect(answer["ETag"] == (isPacked ? SampleView.tag("packed") : "\"\(tree.documents[0].sha256)\""))
    #expect(answer.length == (isPacked ? 7 : 100))
  }

  /// MAAS decompresses what a server compressed, and then finds the wrong hash.
  @Test func anItemIsNeverCompressed() throws {
    var tree = try SampleView.tree()
    tree.items[0].zstd = .init(sha256: SampleView.digest("packed"), size: 7)
    let target = "/ephemeral-v3/stable/\(SampleView.kernel)"
    let answer = SampleView.responder(tree).answer(SampleView.get(target, ["Accept-Encoding": "zstd"]))
    #expect(answer["Content-Encoding"] == nil && answer["Vary"] == nil && answer.length == 100)
  }

  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
  ])
  func readsAllThreeFormsOfADate(text: String) { #expect(HTTPDate.seconds(text) == 784_111_777) }

  /// Two paths that Swift's strings call equal are two files.
  @Test func pathsAreComparedByTheirBytes() throws {
    let responder = SampleView.responder(try SampleView.tree(items: ["\u{E9}/a", "e\u{301}/b"]))
    func status(_ path: String) -> Int { responder.answer(SampleView.get("/ephemeral-v3/stable/\(path)")).status }
    #expect([status("%C3%A9/a"), status("e%CC%81/b")] == [200, 200])
    #expect([status("%C3%A9/b"), status("e%CC%81/a")] == [404, 404])
  }
}
