import OrderedCollections
import Simplestreams
import Testing

@Suite struct ProductsFileTests {
  @Test func anAttributeIsInheritedAndTheLowerWins() throws {
    let file = try Samples.file(
      #""p:v3:x": {"os": "ubuntu", "label": "own", "ftype": "from-product", "versions": {"1": {"src_package": "v", "items": {"a": {"path": "x/a", "sha256": "\#(Samples.hash)", "size": 1}, "b": {"ftype": "own", "src_package": "i"}}}}}"#,
      top: #", "label": "top", "arch": "amd64""#)
    let product = file.products[0]
    #expect(product["label"] == "own" && product["arch"] == "amd64")
    #expect(product.attributes["content_id"] == nil)
    let items = product.versions[0].items
    #expect(items[0].attributes["ftype"] == .string("from-product"))
    #expect(items[0].attributes["src_package"] == .string("v"))
    #expect(items[1].attributes["ftype"] == .string("own"))
    #expect(items[1].attributes["src_package"] == .string("i"))
  }

  @Test func anAliasExpandsIntoTheLevelThatNamesIt() throws {
    let file = try Samples.file(
      #""p": {"family": "lts", "versions": {"1": {"items": {"a": {"kind": "sq"}}}}}"#,
      top: #", "_aliases": {"family": {"lts": {"os": "ubuntu"}}, "kind": {"sq": {"ftype": "squashfs"}}}"#)
    #expect(file.products[0]["os"] == "ubuntu")
    #expect(file.products[0].versions[0].items[0].attributes["ftype"] == .string("squashfs"))
  }

  /// As MAAS 3.8 reads it: what stands above is not seen, and an alias is a word like any other.
  @Test func asWrittenNothingIsInheritedOrExpanded() throws {
    let text = Samples.text(
      [
        #""p": {"family": "lts", "versions": {"1": {"ftype": "above", "items": {"a": {"path": "x/a", "size": 1}}}}}"#
      ],
      top: #", "label": "top", "sha256": "\#(Samples.hash)", "_aliases": {"family": {"lts": {"os": "ubuntu"}}}"#)
    let product = try ProductsFile(asWritten: Array(text.utf8)).products[0]
    #expect(product["label"] == nil && product["os"] == nil && product["family"] == "lts")
    let item = product.versions[0].items[0]
    #expect(item.attributes["ftype"] == nil && item.sha256 == nil && item.path != nil)
    #expect(try ProductsFile(Array(text.utf8)).products[0].versions[0].items[0].sha256 != nil)
  }

  @Test func anAliasWithoutAnEntryIsTold() {
    #expect(throws: DocumentError.self) {
      try Samples.file(#""p": {"family": "x", "versions": {}}"#, top: #", "_aliases": {"family": {}}"#)
    }
  }

  @Test func aSizeMayBeANumberOrAString() throws {
    let file = try Samples.file(
      Samples.ubuntu(versions: ["1": #""a": {"path": "x/a", "sha256": "\#(Samples.hash)", "size": "12"}"#]))
    #expect(file.products[0].versions[0].items[0].size == 12)
  }

  @Test(arguments: [#""size": -1"#, #""size": 1.5"#, #""size": "many""#, #""size": 1e99"#, #""size": null"#])
  func aSizeThatIsNoneIsAFault(_ size: String) throws {
    let file = try Samples.file(
      Samples.ubuntu(versions: ["1": #""a": {"path": "x/a", "sha256": "\#(Samples.hash)", \#(size)}"#]))
    #expect(file.products[0].versions[0].fault?.item == "a")
    #expect(file.products[0].versions[0].items[0].size == nil)
  }

  @Test func aHashThatIsNoneIsAFault() throws {
    for hash in ["", "abc", String(repeating: "z", count: 64)] {
      let file = try Samples.file(
        Samples.ubuntu(versions: ["1": #""a": {"path": "x/a", "sha256": "\#(hash)", "size": 1}"#]))
      #expect(file.products[0].versions[0].fault?.reason.contains("sha256") == true)
    }
  }

  /// Only what is said can be a lie. The gate leaves such a version out by name.
  @Test func whatIsNotSaidIsAFaultOfTheItemAndNoLie() throws {
    for item in [#""sha256": "\#(Samples.hash)""#, #""size": 1"#] {
      let file = try Samples.file(Samples.ubuntu(versions: ["1": #""a": {"path": "x/a", \#(item)}"#]))
      let version = file.products[0].versions[0]
      #expect(version.fault == nil && version.items[0].fault != nil)
      #expect(Gate.check(file).contains { $0.item == "a" && $0.version == "1" })
    }
  }

  @Test func anItemWithoutAPathIsLegalAndNoFile() throws {
    let version = try Samples.file(Samples.ubuntu(versions: ["1": #""a": {"ftype": "note"}"#])).products[0].versions[0]
    #expect(version.items.count == 1 && version.files.isEmpty && version.fault == nil)
  }

  @Test func versionsSortByStringNotByNumber() throws {
    let file = try Samples.file(Samples.ubuntu(versions: ["20250101.10": "", "20250101.2": "", "20250101": ""]))
    #expect(file.products[0].versions.map(\.name) == ["20250101", "20250101.10", "20250101.2"])
  }

  @Test func unknownKeysAreKeptAndTheDocumentComesBackFlat() throws {
    let file = try Samples.file(
      Samples.ubuntu(attributes: Samples.ubuntuAttributes + #", "vendor_note": {"deep": [1]}"#),
      top: #", "label": "top", "region": "x""#)
    let bytes = JSONWriter.write(file.json(updated: Timestamp(seconds: 0)))
    let again = try ProductsFile(bytes)
    #expect(again.products[0].attributes["vendor_note"] == .object(["deep": .array([.number("1")])]))
    #expect(again.products[0]["region"] == "x")
    #expect(JSONWriter.write(again.json(updated: Timestamp(seconds: 0))) == bytes)
    #expect(try JSONReader.read(bytes).object?["region"] == nil)
  }

  @Test func whatIsNoObjectIsSaidSo() {
    #expect(throws: DocumentError("document", "not a JSON object")) { try ProductsFile(Array("[1]".utf8)) }
  }

  /// An alias may set what it likes, but not what the products are.
  @Test func anAliasMakesNoProducts() throws {
    let aliases = #", "_aliases": {"region": {"x": {"products": {}}}}"#
    #expect(throws: DocumentError("products", "missing, or not an object")) {
      try Samples.file(Samples.ubuntu(), top: aliases + #", "region": "x""#)
    }
    #expect(try Samples.file(Samples.ubuntu(), top: aliases).products.count == 1)
  }

  @Test(arguments: [
    "[]", #"{"format": "products:2.0", "content_id": "c", "products": {}}"#,
    #"{"format": "products:1.0", "content_id": "../c", "products": {}}"#,
    #"{"format": "products:1.0", "content_id": "c"}"#,
    #"{"format": "products:1.0", "content_id": "c", "products": {"p": {}}}"#,
    #"{"format": "products:1.0", "content_id": "c", "products": {"p": {"versions": {"1": {}}}}}"#,
  ])
  func aMalformedDocumentIsRefused(_ text: String) {
    #expect(throws: DocumentError.self) { try ProductsFile(Array(text.utf8)) }
  }

  /// A path that goes on with what looks like the next line of the report.
  @Test func aValueThatIsQuotedBeginsNoLineOfItsOwn() throws {
    for text in [#"a\n  missing    other"#, #"a\u001b[2Jb"#] {
      let file = try Samples.file(Samples.ubuntu(versions: ["1": Samples.item("squashfs", path: text)]))
      let fault = try #require(file.products[0].versions[0].items[0].fault)
      #expect(fault.contains("is refused") && fault.contains("a\u{FFFD}"), "\(fault)")
      let entry = #"{"format": "index:1.0", "index": {"c": {"path": "\#(text)"}}}"#
      let error = #expect(throws: DocumentError.self) { try StreamIndex(Array(entry.utf8)) }
      #expect(error?.description.contains("a\u{FFFD}") == true, "\(String(describing: error))")
    }
    let datatype = #"{"format": "index:1.0", "index": {"c": {"path": "c", "datatype": "x\ny", "products": ["p"]}}}"#
    let rules = Gate.check(try StreamIndex(Array(datatype.utf8))).map(\.description)
    #expect(rules.contains { $0.contains("x\u{FFFD}y") } && !rules.contains { $0.contains("\n") }, "\(rules)")
  }
}
