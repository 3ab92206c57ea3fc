import OrderedCollections
import Simplestreams
import Testing

@Suite struct StreamIndexTests {
  private func read(_ entries: String) throws -> StreamIndex {
    try StreamIndex(
      Array(#"{"format": "index:1.0", "updated": "Thu, 24 Jul 2025 09:01:43 +0000", "index": {\#(entries)}}"#.utf8))
  }

  @Test func keepsTheOrderThatRegionsWalk() throws {
    let index = try read(#""b": {"path": "streams/v1/b.json"}, "a": {"path": "streams/v1/a.json"}"#)
    #expect(index.entries.map(\.contentID.string) == ["b", "a"])
  }

  @Test func anEntryMayBeAnotherIndex() throws {
    let index = try read(#""n": {"path": "streams/v1/n.json", "format": "index:1.0"}"#)
    #expect(index.entries[0].isIndex)
  }

  @Test func onlyImageDatatypesAreRead() throws {
    let index = try read(
      #""a": {"path": "a.json", "datatype": "image-ids"}, "b": {"path": "b.json", "datatype": "image-downloads"}, "c": {"path": "c.json", "datatype": "cloud-regions"}"#
    )
    #expect(index.entries.map(\.isImages) == [true, true, false])
  }

  @Test(arguments: [
    #""a": {"path": "../a.json"}"#, #""a": {"path": "/a.json"}"#, #""a": {"path": "http://other/a.json"}"#, #""a": {}"#,
    #""a": 1"#, #""a/b": {"path": "a.json"}"#,
    // One that fits into a path, and not below a folder of ours.
    "\"a\": {\"path\": \"\(String(repeating: "long/", count: 181)).json\"}",
  ])
  func anEntryThatLeadsOutOfTheTreeIsRefused(_ entry: String) {
    #expect(throws: DocumentError.self) { try read(entry) }
  }
}
