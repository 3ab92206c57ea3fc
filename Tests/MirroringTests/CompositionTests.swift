import Foundation
import OrderedCollections
import Simplestreams
import Storage
import TestSupport
import Testing

@testable import Mirroring

@Suite struct CompositionTests {
  private func file(_ document: JSONValue, contents: String = "") throws -> ProductsFile {
    var document = document
    document["products"] = document["products"].map { Self.hashed($0, contents) }
    return try ProductsFile(JSONWriter.write(document))
  }

  private static func hashed(_ value: JSONValue, _ contents: String) -> JSONValue {
    guard case .object(var object) = value else { return value }
    for (key, member) in object { object[key] = hashed(member, contents) }
    if let path = object["path"]?.string, object["ftype"] != nil {
      object["sha256"] = .string(SHA256Digest(hashing: "\(contents)\(path)".utf8).hex)
      object["size"] = .number(7)
    }
    return .object(object)
  }

  @Test func sourcesThatShareAnIDAreJoinedAndTheFirstOneWins() throws {
    let (noble, jammy) = (
      try file(Catalogue.ubuntu(versions: ["1"])),
      try file(Catalogue.ubuntu(versions: ["1"], release: "jammy", number: "22.04"))
    )
    let joined = Composition([("a", [noble]), ("b", [noble, jammy])])
    #expect(joined.files.count == 1)
    #expect(joined.files[0].products.map { $0["release"] } == ["noble", "jammy"])
    #expect(joined.notes.count == 1 && joined.notes[0].contains("of “b” not used"))
  }

  @Test func aNewerProductThatIsNotUsedIsNamedWithBothVersions() throws {
    let (old, new) = (
      try file(Catalogue.ubuntu(versions: ["20260101", "20260102"])), try file(Catalogue.ubuntu(versions: ["20260201"]))
    )
    let name = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
    let joined = Composition([("a", [old]), ("b", [new])])
    #expect(joined.files[0].products.flatMap(\.versions).map(\.name) == ["20260101", "20260102"])
    let warning = try #require(joined.notes.first)
    for part in [name, "“a” (newest 20260102)", "“b” has a newer one (20260201)", "“b” first in “sources”"] {
      #expect(warning.contains(part), "\(part)")
    }
    // The other way round nothing is lost, and nothing is warned of.
    let reversed = Composition([("b", [new]), ("a", [old])])
    #expect(reversed.files[0].products.flatMap(\.versions).map(\.name) == ["20260201"])
    #expect(reversed.notes.count == 1 && !reversed.notes[0].contains("newer"))
  }

  @Test func onePathCannotBeTwoFiles() throws {
    var other = try file(Catalogue.ubuntu(versions: ["1"], label: "candidate"), contents: "other")
    other.contentID = try #require(ContentID("other"))
    let noble = try file(Catalogue.ubuntu(versions: ["1"]))
    let joined = Composition([("a", [noble]), ("b", [other])])
    #expect(joined.files == [noble])
    #expect(joined.items == PathClaims(noble).contents)
    #expect(joined.leftOut.map(\.product) == [other.products[0].name] && joined.leftOut[0].version == "1")
    #expect(Composition([("b", [other]), ("a", [noble])]).files == [other])
  }

  /// A product that stands in is not judged by what the sources have of it, and one that is to be nothing is not there.
  @Test func whatIsServedStandsInWhereItWas() throws {
    let (noble, jammy) = (
      try file(Catalogue.ubuntu(versions: ["1", "2"])),
      try file(Catalogue.ubuntu(versions: ["2"], release: "jammy", number: "22.04"))
    )
    var served = noble.products[0]
    served.versions.removeLast()
    var home = noble
    home.products = []
    let sources = [(name: "a", files: [jammy, noble])]
    let composed = Composition(sources, standIns: [served.name: .served(served, in: home)])
    #expect(composed.files[0].products.map { $0.versions.map(\.name) } == [["2"], ["1"]])
    #expect(
      Composition(sources, standIns: [served.name: .nothing]).files[0].products.map(\.name) == [jammy.products[0].name])
    // Also where the sources have nothing of it.
    let others = Composition([("a", [jammy])], standIns: [served.name: .served(served, in: home)])
    #expect(others.files.count == 1 && others.files[0].products.count == 2)
  }

  @Test func kindsAreSplitIntoFilesOfTheirOwn() throws {
    var mixed = try file(Catalogue.ubuntu(versions: ["1"]))
    for document in try Catalogue.demo() where document["content_id"]?.string?.contains("bootloader") == true {
      mixed.products += try file(document).products
    }
    let split = Composition([("a", [mixed])])
    #expect(
      split.files.map(\.contentID.string) == [
        "com.ubuntu.maas:stable:v3:download", "com.ubuntu.maas:stable:v3:download:bootloader",
      ])
    #expect(split.files.allSatisfy { file in Set(file.products.compactMap { ImageKind($0) }).count == 1 })
  }

  /// The name that a part gets must not be one that upstream has given away.
  @Test func aFileThatIsSplitReplacesNoOther() throws {
    var mixed = try file(Catalogue.ubuntu(versions: ["1"]))
    let bootloaders = try Catalogue.demo().filter { $0["content_id"]?.string?.contains("bootloader") == true }
      .map { try file($0) }
    var other = try #require(bootloaders.first)
    mixed.products.append(other.products.removeFirst())
    other.contentID = try #require(ContentID("\(mixed.contentID):bootloader"))
    let split = Composition([("a", [mixed, other])])
    #expect(
      split.files.map(\.contentID.string) == ["", ":bootloader", ":bootloader:2"].map { "\(mixed.contentID)\($0)" })
    let names = split.files.flatMap(\.products).map(\.name)
    #expect(Set(names) == Set((mixed.products + other.products).map(\.name)) && names.count == Set(names).count)
  }

  @Test func aProductIsInTheTreeOnceUnderWhateverContentIDs() throws {
    let old = try file(Catalogue.ubuntu(versions: ["20260101"]))
    var new = try file(Catalogue.ubuntu(versions: ["20260201"]))
    new.contentID = try #require(ContentID("com.example:v3:download"))
    func versions(_ composition: Composition) -> [String] {
      composition.files.flatMap(\.products).flatMap(\.versions).map(\.name)
    }
    // Of two sources the first one's, as with one content id.
    let joined = Composition([("a", [old]), ("b", [new])])
    #expect(versions(joined) == ["20260101"])
    #expect(joined.notes.contains { $0.contains("“b” has a newer one (20260201)") })
    // Within one source nobody is preferred, and a region that reads both files ends at the newest.
    for files in [[old, new], [new, old]] {
      let single = Composition([("a", files)])
      #expect(versions(single) == ["20260201"])
      #expect(
        single.notes.count == 1 && single.notes[0].contains("is in com.example:v3:download (newest 20260201) and in"))
    }
  }

  @Test func whatMAASWouldRejectIsLeftOutByName() throws {
    var catalogue = Catalogue.ubuntu(versions: ["1", "2"])
    let name = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
    catalogue["products"]?[name]?["versions"]?["2"]?["items"]?["boot-kernel"] = nil
    let composition = Composition([("a", [try file(catalogue)])])
    #expect(composition.files[0].products[0].versions.map(\.name) == ["1"])
    #expect(composition.leftOut.map(\.version) == ["2"])
    #expect(composition.items.count == 4)
  }

  /// A client may prefer them to the SHA-256, and nobody has looked whether they are right.
  @Test func onlyTheHashThatWasVerifiedIsSigned() throws {
    var catalogue = Catalogue.ubuntu(versions: ["1"])
    let name = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
    catalogue["products"]?[name]?["md5"] = .string("00")
    catalogue["products"]?[name]?["versions"]?["1"]?["sha512"] = .string("00")
    catalogue["products"]?[name]?["versions"]?["1"]?["items"]?["squashfs"]?["sha512"] = .string("00")
    let composition = Composition([("a", [try file(catalogue)])])
    let text = String(decoding: JSONWriter.write(composition.files[0].json(updated: nil)), as: UTF8.self)
    #expect(!text.contains("sha512") && !text.contains("md5"))
    #expect(
      text.contains("sha256") && composition.files[0].products[0].versions[0].files.allSatisfy { $0.content != nil })
  }

  @Test func emptyFilesAreLeftOut() throws {
    var empty = try file(Catalogue.ubuntu(versions: ["1"]))
    empty.products = []
    #expect(Composition([("a", [empty])]).files.isEmpty)
  }
}

extension PathClaims {
  fileprivate init(_ file: ProductsFile) {
    self.init()
    for version in file.products.flatMap(\.versions) { _ = take(version.listedFiles) }
  }
}
