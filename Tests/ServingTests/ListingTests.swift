import Simplestreams
import Storage
import Testing

@testable import Serving

@Suite struct ListingTests {
  private func page(_ target: String, items: [String], headers: [String: String] = [:]) throws -> Answer {
    SampleView.responder(try SampleView.tree(documents: [], items: items)).answer(SampleView.get(target, headers))
  }

  private func links(_ answer: Answer) -> [String] {
    // Of the table; the breadcrumb above leads up only.
    answer.text.split(separator: "<table>").dropFirst().joined().split(separator: "href=\"").dropFirst().map {
      String($0.prefix { $0 != "\"" })
    }
  }

  @Test func listsAFolder() throws {
    let answer = try page("/ephemeral-v3/stable/", items: ["a/x", "b", "c/y/z"])
    #expect(links(answer) == ["../", "./a/", "./b", "./c/"])
    #expect(answer.text.contains(SampleView.digest("b").hex))
    #expect(answer.text.contains("title=\"100 bytes\">100 B<"))
    #expect(answer.text.contains("2026-05-28"))
  }

  /// New regions fail on redirects, so a missing slash is no reason for one: the links start a folder higher instead.
  @Test func aFolderWithoutItsSlashHasLinksThatStillLead() throws {
    let answer = try page("/ephemeral-v3/stable", items: ["a/x", "b"])
    #expect(answer.status == 200)
    #expect(links(answer) == ["./", "./stable/a/", "./stable/b"])
  }

  @Test func linksArePercentEncodedAndTextIsEscaped() throws {
    let name = "a b<i>&\"'%é"
    let answer = try page("/ephemeral-v3/stable/", items: ["\(name)/file"])
    #expect(links(answer).last == "./a%20b%3Ci%3E%26%22%27%25%C3%A9/")
    #expect(answer.text.contains(">a b&lt;i&gt;&amp;&quot;&#39;%é/<"))
    #expect(!answer.text.contains("<i>"))
  }

  @Test func everyLinkLeads() throws {
    let tree = try SampleView.tree(items: ["x/a:b+c/d e/file", "x&y", "100%"])
    let responder = SampleView.responder(tree)
    var waiting = ["/ephemeral-v3/stable/"]
    var files = 0
    while let folder = waiting.popLast() {
      for link in links(responder.answer(SampleView.get(folder))) where !link.hasPrefix("../") {
        let target = folder + link.dropFirst(2)
        #expect(responder.answer(SampleView.get(target)).status == 200, "\(target)")
        if target.hasSuffix("/") { waiting.append(target) } else { files += 1 }
      }
    }
    #expect(files == 3 + 3)
  }

  /// What is served only for the grace period is not advertised, and does not keep a folder in sight.
  @Test func replacedFilesAreNotListed() throws {
    let responder = SampleView.responder(
      try SampleView.tree(documents: [], items: ["new/file"]),
      replaced: [try SampleView.tree(documents: [], items: ["old/file"])])
    #expect(links(responder.answer(SampleView.get("/ephemeral-v3/stable/"))) == ["../", "./new/"])
    #expect(responder.answer(SampleView.get("/ephemeral-v3/stable/old/")).status == 404)
  }

  @Test func theFirstPageSaysHowToPointARegionHere() throws {
    let answer = try page("/", items: ["a"], headers: ["Host": "mirror.example:8080"])
    #expect(answer.text.contains("url=http://mirror.example:8080/ephemeral-v3/stable/"))
    #expect(answer.text.contains("http://mirror.example:8080/keyring.gpg"))
    #expect(answer["Cache-Control"] == "no-cache")
  }

  @Test(arguments: ["<script>alert(1)</script>", "a b", "x\"y", ""])
  func aHostThatIsNoneIsNotRepeated(host: String) throws {
    // Such a request is refused before it comes here; this is the second lock.
    let tree = try SampleView.tree(items: ["a"])
    let view = TreeView([.init(path: tree.path, number: 1, tree: tree)], replaced: [], keyring: nil)
    let text = String(decoding: RootPage(view: view, scheme: "http", host: host).bytes(.html), as: UTF8.self)
    #expect(!text.contains("<script>"))
    #expect(text.contains("http://this-server:8080/ephemeral-v3/stable/"))
  }
}
