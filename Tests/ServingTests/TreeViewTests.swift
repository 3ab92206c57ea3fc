import Simplestreams
import Storage
import Testing

@testable import Serving

/// What is served after a switch: invariant 1 of the design.
@Suite struct TreeViewTests {
  private static let base = "/ephemeral-v3/stable"

  private func body(_ responder: Responder, _ path: String) -> Answer.Body {
    responder.answer(SampleView.get("\(Self.base)/\(path)")).body
  }

  /// A region may have read the old index just before the switch.
  @Test func whatAReplacedTreeHadAndTheNewOneHasNotStays() throws {
    let old = try SampleView.tree(
      documents: ["streams/v1/index.sjson", "streams/v1/gone.sjson"], items: ["old", "both"])
    let new = try SampleView.tree(documents: ["streams/v1/index.sjson"], items: ["new", "both"], contents: " new")
    let responder = SampleView.responder(new, replaced: [old])
    #expect(
      body(responder, "streams/v1/index.sjson")
        == .blob(SampleView.digest("streams/v1/index.sjson new"), size: 100, range: 0..<100))
    #expect(
      body(responder, "streams/v1/gone.sjson")
        == .blob(SampleView.digest("streams/v1/gone.sjson"), size: 100, range: 0..<100))
    // A document still, which may be replaced again; and in no listing.
    #expect(responder.answer(SampleView.get("\(Self.base)/streams/v1/gone.sjson"))["Cache-Control"] == "no-cache")
    #expect(!responder.answer(SampleView.get("\(Self.base)/streams/v1/")).text.contains("gone"))
    for item in ["old", "both", "new"] {
      #expect(body(responder, item) == .blob(SampleView.digest(item), size: 100, range: 0..<100))
    }
  }

  @Test func afterTheGracePeriodTheOldItemsAreGone() throws {
    let responder = SampleView.responder(try SampleView.tree(items: ["new"]))
    #expect(responder.answer(SampleView.get("\(Self.base)/old")).status == 404)
  }

  @Test func theCurrentTreeWinsOverAReplacedOne() throws {
    var old = try SampleView.tree(items: ["file"])
    old.items[0].sha256 = SampleView.digest("old bytes")
    let responder = SampleView.responder(try SampleView.tree(items: ["file"]), replaced: [old])
    #expect(body(responder, "file") == .blob(SampleView.digest("file"), size: 100, range: 0..<100))
  }

  @Test func publicationsStandSideBySide() throws {
    let one = try SampleView.tree(items: ["file"], at: "ephemeral-v3/stable")
    let two = try SampleView.tree(items: ["file"], at: "ephemeral-v3/candidate")
    let view = TreeView(
      [.init(path: one.path, number: 1, tree: one), .init(path: two.path, number: 1, tree: two)], replaced: [],
      keyring: nil)
    #expect(view.folders["ephemeral-v3"]?.sorted.map(\.name) == ["candidate", "stable"])
    #expect(view.entries["ephemeral-v3/stable/file"] != nil)
    #expect(view.entries["ephemeral-v3/candidate/file"] != nil)
  }
}
