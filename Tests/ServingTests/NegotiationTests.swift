import Simplestreams
import Storage
import Testing

@testable import Serving

/// RFC 9110 §12.5.3 and §5.6.7.
@Suite struct NegotiationTests {
  private static let sizes: [String?: Int64] = ["zstd": 7, "gzip": 9, nil: 100]

  private static func answer(_ headers: [String: String], without coding: String? = nil) throws -> Answer {
    var tree = try SampleView.tree()
    if coding != "zstd" { tree.documents[0].zstd = .init(sha256: SampleView.digest("zstd"), size: 7) }
    if coding != "gzip" { tree.documents[0].gzip = .init(sha256: SampleView.digest("gzip"), size: 9) }
    let target = "/ephemeral-v3/stable/\(tree.documents[0].path)"
    return SampleView.responder(tree).answer(SampleView.get(target, headers))
  }

  @Test(
    arguments: [
      ("zstd", "zstd"), ("ZSTD;q=0.5", "zstd"), ("zstd ; q=1", "zstd"), ("gzip", "gzip"), ("x-gzip", "gzip"),
      // The highest weight wins; at equal weights the smaller form, and the plain one only where it weighs more.
      ("gzip, zstd", "zstd"), ("gzip, deflate, br, zstd", "zstd"), ("gzip, zstd;q=0.9", "gzip"),
      ("zstd;q=0.5, gzip;q=0.5", "zstd"), ("identity;q=0.5, zstd", "zstd"), ("identity, gzip", "gzip"),
      ("identity, zstd;q=0.5", nil), ("identity, zstd;q=0.5, gzip", "gzip"), ("zstd;q=0.001", "zstd"),
      // What is refused, or was not understood, is not sent.
      ("zstd;q=0", nil), ("zstd;q=0, gzip", "gzip"), ("zstd;q=x", nil), ("zstd;q=1.5", nil), ("zstd-x", nil),
      ("", nil), ("br", nil), ("gzip;q=0.0000", nil),
      // `*` covers what is not named, and nobody is known to know zstd who does not name it.
      ("*", nil), ("gzip, *;q=0.1", "gzip"), ("gzip;q=0.1, *", nil), ("*;q=0.5, identity;q=0.1", "gzip"),
      ("*, zstd;q=0, gzip;q=0", nil),
      // The plain form may be refused, as long as there is another.
      ("identity;q=0, *", "gzip"), ("identity;q=0, gzip;q=0.1", "gzip"), ("*;q=0, zstd;q=0.1", "zstd"),
      ("identity;q=0", nil), ("*;q=0", nil), ("identity;q=0, br", nil),
    ] as [(String, String?)])
  func aDocumentIsSentInTheCodingThatTheClientWantsMost(header: String, coding: String?) throws {
    let answer = try Self.answer(["Accept-Encoding": header])
    #expect(answer["Content-Encoding"] == coding)
    #expect(answer["Vary"] == "Accept-Encoding")
    // RFC 9110 §8.8.3.3 and RFC 9530 §3: of what is sent, so with its coding.
    let sent = coding.map(SampleView.digest) ?? SampleView.digest("streams/v1/index.sjson")
    #expect(answer["Repr-Digest"] == ReprDigest.of(sent))
    #expect(answer["ETag"] == "\"\(sent.hex)\"")
    #expect(answer.length == Self.sizes[coding])
  }

  @Test func withoutTheHeaderADocumentIsSentAsItIs() throws {
    let answer = try Self.answer([:])
    #expect(answer["Content-Encoding"] == nil && answer["Vary"] == "Accept-Encoding" && answer.length == 100)
  }

  /// A tree of an older version has one form or none.
  @Test func aFormThatIsNotThereIsNotChosen() throws {
    let header = ["Accept-Encoding": "zstd, gzip;q=0.5"]
    #expect(try Self.answer(header, without: "zstd")["Content-Encoding"] == "gzip")
    #expect(try Self.answer(["Accept-Encoding": "gzip"], without: "gzip")["Content-Encoding"] == nil)
    #expect(try Self.answer(["Accept-Encoding": "gzip"], without: "gzip")["Vary"] == "Accept-Encoding")
  }

  /// RFC 9110 §14.1 and §13.1.2: ranges and validators are those of the form that is sent.
  @Test func aRangeCountsTheBytesOfTheFormThatIsSent() throws {
    let part = try Self.answer(["Accept-Encoding": "gzip", "Range": "bytes=2-"])
    #expect(part.status == 206 && part["Content-Range"] == "bytes 2-8/9" && part["Content-Encoding"] == "gzip")
    #expect(part.body == .blob(SampleView.digest("gzip"), size: 9, range: 2..<9))
    let plain = SampleView.tag("streams/v1/index.sjson")
    for (tag, status) in [(SampleView.tag("gzip"), 304), (SampleView.tag("zstd"), 200), (plain, 200)] {
      #expect(try Self.answer(["Accept-Encoding": "gzip", "If-None-Match": tag]).status == status)
    }
    let stale = try Self.answer(["Accept-Encoding": "gzip", "Range": "bytes=2-", "If-Range": plain])
    #expect(stale.status == 200 && stale.length == 9)
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
