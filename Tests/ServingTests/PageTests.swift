import OrderedCollections
import Simplestreams
import Storage
import Testing

@testable import Serving

/// The pages as values: what they tell, in both forms, and how they are revalidated.
@Suite struct PageTests {
  private static let stable = "/ephemeral-v3/stable"
  private let responder: Responder

  init() throws {
    responder = SampleView.responder(
      try SampleView.tree(
        documents: ["streams/v1/index.sjson"],
        items: [
          SampleView.kernel, "noble/arm64/20260101.2/squashfs", "noble/arm64/20260101.10/squashfs",
          "centos/centos70/amd64/20240604_01/root-tgz", "bootloaders/uefi/amd64/20210819.0/shim.tar.xz", "other/file",
        ]))
  }

  private func answer(_ target: String, _ headers: [String: String] = [:]) -> Answer {
    responder.answer(SampleView.get(target, headers))
  }

  private func json(_ target: String) throws -> JSONValue {
    .object(try JSONValue.document(Array(answer(target, ["Accept": "application/json"]).text.utf8)))
  }

  @Test func aFolderTellsWhatIsInIt() throws {
    let entries = try #require(try json("\(Self.stable)/noble/").object?["entries"]?.array)
    #expect(entries.map { $0.object?["name"]?.string } == ["amd64", "arm64"])
    let arm64 = try #require(entries.last?.object)
    #expect(arm64["type"]?.string == "folder" && arm64["href"]?.string == "./arm64/")
    #expect(arm64["files"]?.scalarText == "2" && arm64["size"]?.scalarText == "200")
    // Regions choose the newest in C order, and so does this.
    #expect(arm64["version"]?.string == "20260101.2")
    #expect(answer("\(Self.stable)/noble/").text.contains("<td>20260101.2</td>"))
  }

  @Test func aFileTellsItsHash() throws {
    let folder = try json("\(Self.stable)/noble/amd64/20260101/ga-24.04/generic").object
    #expect(folder?["path"]?.string == "\(Self.stable)/noble/amd64/20260101/ga-24.04/generic/")
    let file = try #require(folder?["entries"]?.array?.first?.object)
    #expect(file["sha256"]?.string == SampleView.digest(SampleView.kernel).hex)
    #expect(file["href"]?.string == "./generic/boot-kernel" && file["version"]?.string == "20260101")
    #expect(file["size"]?.scalarText == "100" && file["type"]?.string == "file")
  }

  /// What nobody signed must not look as if somebody vouched for it.
  @Test(arguments: [
    (["index.sjson"], true), (["index.json", "index.json.gpg"], true), (["index.sjson", "index.json"], true),
    (["index.json"], false), (["a/index.sjson", "b/index.json"], false),
  ]) func theFirstPageTellsWhetherUpstreamSigned(received: [String], isSigned: Bool) throws {
    let tree = try SampleView.tree(documents: ["streams/v1/index.sjson"] + received.map { "upstream/streams/v1/\($0)" })
    let responder = SampleView.responder(tree)
    let text = responder.answer(SampleView.get("/")).text
    #expect(text.contains("whose signatures by upstream were verified") == isSigned)
    #expect(text.contains("a list that upstream does not sign") == !isSigned)
    let json = responder.answer(SampleView.get("/", ["Accept": "application/json"])).text
    #expect(json.contains("\"signed_by_upstream\": \(isSigned)"))
  }

  @Test func theFirstPageTellsReleasesAndArchitectures() throws {
    let publication = try #require(try json("/").object?["publications"]?.array?.first?.object)
    #expect(publication["path"]?.string == "\(Self.stable)/" && publication["files"]?.scalarText == "6")
    let releases = try #require(publication["releases"]?.array).compactMap(\.object)
    #expect(releases.map { $0["name"]?.string } == ["bootloaders/uefi", "centos/centos70", "noble"])
    #expect(releases.last?["architectures"]?.array?.map(\.string) == ["amd64", "arm64"])
    #expect(releases.map { $0["version"]?.string } == ["20210819.0", "20240604_01", "20260101.2"])
    let text = answer("/").text
    #expect(text.contains("<a href=\"./ephemeral-v3/stable/noble/\">noble</a></td><td>amd64, arm64</td>"))
  }

  @Test(arguments: [
    (nil, false), ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false), ("*/*", false),
    ("application/json", true), ("application/json, text/plain, */*", true), ("application/*", true),
    ("application/json;q=0.5, text/html", false), ("application/json, text/html", false),
    ("text/html;q=0, */*", true), ("application/json;q=0", false), ("image/png", false), ("", false),
    ("application/json;q=0.9, text/*;q=0.8", true),
  ])
  func theFormIsWhatTheClientPrefers(accept: String?, isJSON: Bool) {
    for target in ["/", "\(Self.stable)/"] {
      let answer = answer(target, accept.map { ["Accept": $0] } ?? [:])
      #expect(answer["Content-Type"] == (isJSON ? "application/json" : "text/html; charset=utf-8"))
      #expect(answer["Vary"] == "Accept")
    }
  }

  @Test(arguments: ["/", "\(stable)/", "\(stable)"])
  func aPageIsRevalidatedByItsHash(target: String) throws {
    let first = answer(target)
    let tag = try #require(first["ETag"])
    #expect(first["Repr-Digest"] == ReprDigest.of(SHA256Digest(hashing: Array(first.text.utf8))))
    let second = answer(target, ["If-None-Match": tag])
    #expect(second.status == 304 && second["ETag"] == tag && second["Vary"] == "Accept")
    #expect(answer(target, ["If-None-Match": tag, "Accept": "application/json"]).status == 200)
    #expect(answer(target, ["If-Match": "\"other\""]).status == 412)
    // Without a date of its own, a date decides nothing.
    #expect(answer(target, ["If-Modified-Since": SampleView.date]).status == 200)
  }

  @Test func theLinesForARegionAreOfTheHostThatWasAsked() {
    for host in ["one.example", "two.example:8080"] {
      #expect(answer("/", ["Host": host]).text.contains("update $ID url=http://\(host)/ephemeral-v3/stable/ keyring"))
    }
  }

  @Test func theLinesForARegionLeadBackTheWayThatTheClientCame() throws {
    let headers = ["Host": "one.example", "Accept": "text/html"]
    let plain = responder.answer(SampleView.get("/", headers))
    let secure = responder.answer(SampleView.get("/", headers, isSecure: true))
    let text = secure.text
    #expect(text.contains("update $ID url=https://one.example/ephemeral-v3/stable/ keyring_filename="))
    #expect(text.contains("wget -O /var/snap/maas/common/maas-mirror.gpg https://one.example/keyring.gpg"))
    #expect(!text.contains("http://one.example"))
    // Each is kept by itself.
    #expect(secure["ETag"] != plain["ETag"] && plain.text.contains("http://one.example"))
  }

  /// The links above a folder lead where they say, also without the slash at the end of the address.
  @Test(arguments: ["", "/"])
  func theBreadcrumbLeadsUp(slash: String) throws {
    let text = answer("\(Self.stable)/noble/amd64\(slash)").text
    let nav = try #require(text.split(separator: "<nav>").last?.split(separator: "</nav>").first)
    let links = nav.split(separator: "href=\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
    let up = "../"
    #expect(
      links == (slash.isEmpty ? [up + up + up, up + up, up, "./"] : [up + up + up + up, up + up + up, up + up, up]))
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_949, "99.9 kB"), (99_950, "100 kB"), (999_499, "999 kB"),
    (999_500, "1.0 MB"), (259_031_040, "259 MB"), (1_250_000_000, "1.3 GB"), (Int64.max, "9.2 EB"),
  ])
  func sizesHaveTheDigitsThatMatter(bytes: Int64, text: String) { #expect(Page.size(bytes) == text) }

  @Test(arguments: ["noble", "2026", "202601011", "20260101.", "20260101.x", "20260101.1.1", ""])
  func whatIsNoDateIsNoVersion(name: String) { #expect(!ImagePath.isVersion(name)) }

  @Test(arguments: ["noble/20260101/file", "20260101/file", "noble/amd64/20260101", "file", "a/b/c"])
  func aPathOfAnotherShapeIsNoImage(path: String) { #expect(ImagePath(path) == nil) }
}
