import OrderedCollections
import Simplestreams
import Testing

@Suite struct GateTests {
  private func rules(_ products: String...) throws -> [String] {
    Gate.check(try ProductsFile(Array(Samples.text(products).utf8))).map(\.description)
  }

  @Test func completeProductsPass() throws {
    #expect(try rules(Samples.ubuntu()).isEmpty)
    #expect(try rules(Samples.bootloader()).isEmpty)
    #expect(
      try rules(
        #""com.ubuntu.maas.stable:centos-bases:8:amd64": {\#(Samples.ubuntuAttributes.replacing("ubuntu", with: "centos")), "versions": {"1": {"items": {\#(Samples.item("root-tgz", path: "c/r")), \#(Samples.item("manifest", path: "c/m"))}}}}"#
      ).isEmpty)
  }

  @Test(arguments: ["boot-kernel", "boot-initrd", "squashfs", "manifest"])
  func anUbuntuVersionNeedsAllOfItsItems(_ item: String) throws {
    let found = try rules(Samples.ubuntu(versions: ["1": Samples.ubuntuItems("1", without: item)]))
    #expect(found.count == 1 && found[0].contains("version 1") && found[0].contains(item))
  }

  @Test func anOldRootImageStandsInForASquashfs() throws {
    let items =
      Samples.ubuntuItems("1", without: "squashfs") + ", " + Samples.item("root-image.gz", path: "x/root-image.gz")
    #expect(try rules(Samples.ubuntu(versions: ["1": items])).isEmpty)
  }

  @Test(arguments: ["arch", "label", "os", "release", "release_title", "subarch", "subarches", "version"])
  func anUbuntuProductNeedsAllOfItsAttributesAsText(_ attribute: String) throws {
    let pattern = try Regex(#""\#(attribute)": "[^"]*""#)
    let number = Samples.ubuntuAttributes.replacing(pattern) { _ in #""\#(attribute)": 5"# }
    #expect(!(try rules(Samples.ubuntu(attributes: number))).isEmpty)
    let missing = Samples.ubuntuAttributes.replacing(pattern) { _ in #""x": "y""# }
    #expect(!(try rules(Samples.ubuntu(attributes: missing))).isEmpty)
  }

  @Test(arguments: ["kflavor", "krel", "release_codename"])
  func whatAProductNeedNotSayItSaysAsText(_ attribute: String) throws {
    let pattern = try Regex(#", "\#(attribute)": "[^"]*""#)
    let without = Samples.ubuntuAttributes.replacing(pattern) { _ in "" }
    #expect(try rules(Samples.ubuntu(attributes: without)).isEmpty)
    #expect(try rules(Samples.ubuntu(attributes: without + #", "\#(attribute)": "5""#)).isEmpty)
    let found = try rules(Samples.ubuntu(attributes: without + #", "\#(attribute)": 5"#))
    #expect(found.count == 1 && found[0].contains("“\(attribute)” is not a string"))
  }

  @Test func anEmptyEndOfSupportIsNoDate() throws {
    #expect(try rules(Samples.ubuntu(attributes: Samples.ubuntuAttributes + #", "support_eol": """#)).count == 1)
  }

  @Test func aProductNeedsVersionsAndAFileNeedsProducts() throws {
    #expect(try rules(Samples.ubuntu(versions: [:])).count == 1)
    #expect(Gate.check(try Samples.file()).map(\.rule) == ["a products file must have products"])
  }

  @Test func kindsMustNotBeMixedInOneFile() throws {
    #expect(try rules(Samples.ubuntu(), Samples.bootloader()) == ["c: kinds are mixed in one file: ubuntu, bootloader"])
  }

  @Test func kindsThatKillANewClientAreRefused() throws {
    let core =
      #""com.ubuntu.maas.stable:v3:core": {\#(Samples.ubuntuAttributes), "versions": {"1": {"items": {"root-dd.xz": {"ftype": "root-dd"}}}}}"#
    let note =
      #""com.ubuntu.maas:stable:1:notification": {"os": "release-notification", "versions": {"1": {"items": {"n": {}}}}}"#
    #expect(try rules(core).count == 1)
    #expect(try rules(note).count == 1)
  }

  @Test func aNameThatMAASPassesOverIsTold() throws {
    #expect(try rules(Samples.ubuntu(name: "com.example:custom:noble"))[0].contains("silently"))
    #expect(try rules(Samples.ubuntu(name: "com.example:v3+platform:noble")).isEmpty)
  }

  @Test func aBootloaderNeedsAKnownItemAndItsSource() throws {
    #expect(try rules(Samples.bootloader(items: Samples.item("grub2-signed", path: "b/g")))[0].contains("src_package"))
    #expect(try rules(Samples.bootloader(items: #""other": {}"#))[0].contains("incomplete"))
  }

  @Test func anItemNeedsItsOwnTypeHashAndSize() throws {
    let items = Samples.ubuntuItems("1", without: "manifest") + #", "manifest": {"path": "x/m"}"#
    let found = try rules(Samples.ubuntu(versions: ["1": items]))
    #expect(found.contains { $0.contains("item manifest") && $0.contains("sha256") })
    #expect(found.contains { $0.contains("ftype") })
  }

  @Test func anIndexNeedsEntriesDatesAndImageDatatypes() throws {
    #expect(Gate.check(StreamIndex(updated: nil, entries: [])).count == 2)
    let entry = StreamIndex.Entry(
      contentID: try #require(ContentID("c")), path: try TreePath(document: "c.json"), format: "products:1.0",
      datatype: "x", updated: nil, products: [])
    #expect(Gate.check(StreamIndex(updated: Timestamp(seconds: 0), entries: [entry])).count == 3)
    let twice = Gate.check(StreamIndex(updated: Timestamp(seconds: 0), entries: [entry, entry]))
    #expect(twice.count == 7 && twice.contains { $0.rule == "it is listed twice" })
  }

  @Test func whatIsAdvertisedMustBeThereWithThatHashAndSize() throws {
    let file = try Samples.file(Samples.ubuntu())
    let items = file.products[0].versions[0].files
    var there: [TreePath: FileContent] = [:]
    for item in items { there[try #require(item.path)] = item.content }
    #expect(Gate.check(file, against: there).isEmpty)
    let path = try #require(items[0].path)
    there[path]?.size = 4
    #expect(Gate.check(file, against: there).map(\.rule) == ["\(path) is another file in the store"])
    there[path] = nil
    #expect(Gate.check(file, against: there).map(\.rule) == ["\(path) is not in the store"])
  }
}
