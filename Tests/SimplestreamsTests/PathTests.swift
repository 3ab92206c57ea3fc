import Simplestreams
import Testing

@Suite struct PathTests {
  @Test(arguments: [
    "", "/etc/passwd", "a//b", "a/", "./a", "a/../b", "..", "a\\b", "a\u{0}b", "a\nb", "http://host/a", "c:/a", "a?b",
    "a#b", "streams/v1/index.json", "Streams/x", ".data/x", "upstream/x", "UPSTREAM/stable/streams/v1/x",
    String(repeating: "a", count: 256),
  ])
  func refusesAPathThatCouldLeaveTheTreeOrCollide(_ text: String) {
    #expect(throws: TreePath.Refusal.self) { try TreePath(item: text) }
  }

  @Test func takesThePathsOfTheRealStreams() throws {
    for text in [
      "noble/amd64/20250718/squashfs", "bootloaders/uefi/amd64/20230222.0/grub2-signed.tar.xz",
      "centos/centos70/amd64/20240604_01/root-tgz.manifest", "a/b+c:d",
    ] {
      #expect(try TreePath(item: text).string == text)
    }
    #expect(try TreePath(document: "streams/v1/com.ubuntu.maas:stable:v3:download.sjson").lastSegment.contains(":"))
  }

  @Test func pathsAreEqualOnlyIfTheirBytesAre() throws {
    let (composed, decomposed) = (try TreePath(item: "caf\u{E9}"), try TreePath(item: "cafe\u{301}"))
    #expect(composed.string == decomposed.string && composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
    #expect(composed == (try TreePath(item: String(decoding: Array("caf\u{E9}".utf8), as: UTF8.self))))
  }

  @Test func leavesColonAndPlusRawInURLs() {
    #expect(TreePath.percentEncode("a:b+c d%é") == "a:b+c%20d%25%C3%A9")
  }

  @Test(arguments: ["", ".", "..", "a/b", "a\\b", "a b", "index", "index.json", "a?b", "é"])
  func refusesAContentIDThatIsNoFileName(_ text: String) { #expect(ContentID(text) == nil) }

  @Test func aNameMadeFromAContentIDIsNewAndFits() throws {
    let id = try #require(ContentID("c"))
    #expect(id.extended(by: "bootloader", besides: []).string == "c:bootloader")
    let others = Set(["c:bootloader", "c:bootloader:2"].compactMap { ContentID($0) })
    #expect(id.extended(by: "bootloader", besides: others).string == "c:bootloader:3")
    let longest = try #require(ContentID(String(repeating: "c", count: 200)))
    let extended = longest.extended(by: "bootloader", besides: [])
    #expect(ContentID(extended.string) == extended && extended != longest)
  }

  @Test func aDigestIsSixtyFourHexadecimalDigits() {
    #expect(SHA256Digest(hex: Samples.hash.uppercased())?.hex == Samples.hash)
    #expect(SHA256Digest(hex: Samples.hash.dropLast()) == nil)
    #expect(SHA256Digest(hex: "g" + Samples.hash.dropLast()) == nil)
  }
}
