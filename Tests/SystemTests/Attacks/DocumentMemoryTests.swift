import Foundation
import OrderedCollections
import Simplestreams
import TestSupport
import Testing

/// Many documents, each of them within every limit of a document: what they come to together is bounded as well.
@Suite struct DocumentMemoryTests {
  private static let count = 40

  /// What stands behind the last member of a products file.
  private static let loads: [(String, @Sendable () -> String)] = [
    ("numbers", { #","x": [\#(repeated("0", 400_000))]"# }),
    ("objects", { #","x": [\#(repeated(#"{"a":0}"#, 150_000))]"# }),
    // 490,000 attributes that products inherit, of 15 KB.
    ("inheritance", { #","# + (0..<700).map { #""a\#($0)": 0"# }.joined(separator: ",") }),
    ("text", { #","x": [\#(repeated(#""\#(String(repeating: "x", count: 1000))""#, 1500))]"# }),
  ]

  private static func repeated(_ text: String, _ count: Int) -> String {
    Array(repeating: text, count: count).joined(separator: ",")
  }

  /// One true products file, and many with a load.
  private func load(_ upstream: FakeUpstream, _ kind: String) throws {
    let load = try #require(Self.loads.first { $0.0 == kind }).1()
    let products = kind == "inheritance" ? 700 : 1
    let loaded = (0..<Self.count).map { number in
      var document = Catalogue.ubuntu(versions: [])
      document["content_id"] = .string("c:\(number)")
      document["products"] = .object(
        .init(uniqueKeysWithValues: (0..<products).map { ("p:\(number):\($0)", .object(["versions": .object([:])])) }))
      return document
    }
    try upstream.publish(
      [Catalogue.ubuntu(versions: ["20260101", "20260201"])] + loaded, updated: FakeUpstream.time + 3600, forms: .plain)
    for number in 0..<Self.count {
      let path = "streams/v1/c:\(number).json"
      let text = String(decoding: try #require(upstream.file(path)), as: UTF8.self)
      let end = try #require(text.lastIndex(of: "}"))
      upstream.set(path, Array("\(text[..<end])\(load)}".utf8))
    }
  }

  @Test(.timeLimit(.minutes(2)), arguments: loads.map(\.0))
  func theDocumentsOfATreeAreBoundedTogether(kind: String) throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], forms: .plain)
    let mirror = try Mirror(
      Mirror.unsignedSource("stable", upstream) + Mirror.publication("ephemeral-v3/stable", ["stable"]))
    try mirror.begin()
    let before = try mirror.state()
    try load(upstream, kind)
    let (run, peak) = try mirror.measure("sync", "--publish")
    #expect((1..<Mirror.allowed(megabytes: 256)).contains(peak), "\(peak) MB")
    #expect(try StoreInvariants.violations(in: mirror.data) == [])
    // Text is as large as its file, for which there is a limit already.
    if kind == "text" {
      #expect(run.code == 0, "\(run.output)\(run.errors)")
    } else {
      #expect(run.code == 65 && run.errors.contains("those before it"), "\(run.errors.prefix(1000))")
      #expect(try mirror.state() == before)
    }
  }
}
