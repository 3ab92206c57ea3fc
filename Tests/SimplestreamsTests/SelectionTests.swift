import OrderedCollections
import Simplestreams
import Testing

@Suite struct SelectionTests {
  private func rule(_ conditions: (String, [String])...) -> Selection.Rule {
    .init(conditions.map { ($0.0, $0.1.map { Glob($0) }) })
  }

  private func files() throws -> [ProductsFile] {
    let arm = Samples.ubuntuAttributes.replacing(#""arch": "amd64""#, with: #""arch": "arm64""#)
    return [
      try Samples.file(
        Samples.ubuntu(versions: ["1": "", "2": "", "3": ""]),
        Samples.ubuntu(attributes: arm, name: "com.ubuntu.maas.stable:v3:boot:24.04:arm64:ga-24.04"),
        Samples.bootloader(), Samples.bootloader(arch: "i386", arches: "amd64, i386", type: "pxe", os: "pxelinux"),
        Samples.bootloader(arch: "arm64", arches: "arm64", os: "grub-efi"))
    ]
  }

  private func names(_ selection: Selection) throws -> [String] {
    selection.apply(to: try files()).flatMap(\.products).map { "\($0["os"] ?? "")/\($0["arch"] ?? "")" }
  }

  @Test func noRuleMeansEverything() throws {
    #expect(try names(Selection(rules: [], keep: 2)).count == 5)
    #expect(try names(Selection(rules: [], bootloaders: false, keep: 2)) == ["ubuntu/amd64", "ubuntu/arm64"])
  }

  @Test func bootloadersOfTheSelectedArchitecturesComeAlong() throws {
    let selection = Selection(rules: [rule(("os", ["ubuntu"]), ("arch", ["amd64"]))], keep: 2)
    #expect(try names(selection) == ["ubuntu/amd64", "grub-efi-signed/amd64", "pxelinux/i386"])
  }

  /// Of the architectures that MAAS has bootloaders for.
  @Test func imagesWithoutABootloaderAreNoticed() throws {
    var files = try files()
    #expect(Bootability.lacking(in: files).isEmpty)
    files[0].products.removeAll { $0["os"] == "grub-efi-signed" || $0["os"] == "grub-efi" }
    #expect(Bootability.lacking(in: files) == ["arm64"])
    files[0].products.removeAll { $0["os"] == "pxelinux" }
    #expect(Bootability.lacking(in: files) == ["amd64", "arm64"])
    let other = Samples.ubuntuAttributes.replacing(#""arch": "amd64""#, with: #""arch": "s390x""#)
    #expect(Bootability.lacking(in: [try Samples.file(Samples.ubuntu(attributes: other))]).isEmpty)
  }

  @Test func bootloadersStayAwayWhenTheyAreNotWanted() throws {
    let by = [rule(("arch", ["amd64"]))]
    #expect(try names(Selection(rules: by, bootloaders: false, keep: 2)) == ["ubuntu/amd64"])
    let named = [rule(("os", ["grub-*"]))]
    #expect(
      try names(Selection(rules: named, bootloaders: false, keep: 2)) == ["grub-efi-signed/amd64", "grub-efi/arm64"])
  }

  @Test func allConditionsOfARuleMustHoldAndRulesAddUp() throws {
    let none = Selection(rules: [rule(("os", ["ubuntu"]), ("release", ["jammy"]))], keep: 2)
    #expect(try names(none).isEmpty)
    let both = Selection(rules: [rule(("arch", ["arm64"]), ("os", ["ubuntu"])), rule(("os", ["pxelinux"]))], keep: 2)
    #expect(try names(both) == ["ubuntu/arm64", "pxelinux/i386", "grub-efi/arm64"])
  }

  @Test func aListInAnAttributeMatchesByItsElements() throws {
    #expect(try names(Selection(rules: [rule(("subarches", ["ga-24.*"]))], bootloaders: false, keep: 2)).count == 2)
  }

  @Test(arguments: [
    ("*", "", true), ("a*c", "abbc", true), ("a*c", "abbd", false), ("?", "a", true), ("?", "", false),
    ("a.c", "abc", false),
    ("*ba*ba", "ababa", true), ("*ab*ab", "ababa", false), ("*a*ba", "ababa", true), ("[a]", "a", false),
  ])
  func globsKnowStarAndQuestionMarkOnly(_ pattern: String, _ text: String, _ matches: Bool) {
    #expect(Glob(pattern).matches(text) == matches)
  }
}
