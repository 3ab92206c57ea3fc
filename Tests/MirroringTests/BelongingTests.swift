import Foundation
import OrderedCollections
import Simplestreams
import TestSupport
import Testing

@testable import Mirroring

@Suite struct BelongingTests {
  private func file(_ updated: Int64?, _ products: [String]) throws -> ProductsFile {
    var file = ProductsFile(
      contentID: try #require(ContentID("c")), datatype: "image-ids", updated: updated.map { Timestamp(seconds: $0) },
      products: [])
    file.products = products.map { Product(name: $0, attributes: [:], versions: []) }
    return file
  }

  private func entry(_ updated: Int64?, _ products: [String]) throws -> StreamIndex.Entry {
    StreamIndex.Entry(
      contentID: try #require(ContentID("c")), path: try TreePath(document: "c.json"), format: "products:1.0",
      datatype: "image-ids", updated: updated.map { Timestamp(seconds: $0) }, products: products)
  }

  @Test func theSameTimeAndProductsBelongTogether() throws {
    #expect(Belonging.fault(of: try file(5000, ["a"]), listedAs: try entry(5000, ["a"])) == nil)
  }

  @Test func anOlderFileDoesNotButASignersMinutesAreForgiven() throws {
    let older = Belonging.Fault.older(file: Timestamp(seconds: 1000), listed: Timestamp(seconds: 1901))
    #expect(Belonging.fault(of: try file(1000, ["a"]), listedAs: try entry(1901, ["a"])) == older)
    #expect(Belonging.fault(of: try file(1000, ["a"]), listedAs: try entry(1900, ["a"])) == nil)
  }

  /// As upstream does every hour: the file is written anew with the same products.
  @Test func aNewerFileWithTheSameProductsBelongs() throws {
    #expect(Belonging.fault(of: try file(8600, ["b", "a"]), listedAs: try entry(5000, ["a", "b"])) == nil)
  }

  @Test(arguments: [["a"], ["a", "b", "c"]])
  func otherProductsOfAnotherTimeDoNot(products: [String]) throws {
    let fault = Belonging.fault(of: try file(5001, products), listedAs: try entry(5000, ["a", "b"]))
    #expect(fault == .otherProducts(products.count == 1 ? "b" : "c"))
    #expect(Belonging.fault(of: try file(5000, products), listedAs: try entry(5000, ["a", "b"])) == nil)
  }

  @Test func whatSaysNothingIsNotHeldAgainstIt() throws {
    #expect(Belonging.fault(of: try file(nil, ["a"]), listedAs: try entry(nil, ["a"])) == nil)
    #expect(Belonging.fault(of: try file(nil, ["a"]), listedAs: try entry(5000, [])) == nil)
  }

  @Test func theRealStreamBelongsTogether() throws {
    guard let folder = Needed.realStream(for: "the real stream") else { return }
    let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/simplestreams_index.json"))
    let index = try StreamIndex(Array(bytes))
    for document in try Catalogue.real(in: folder) {
      let file = try ProductsFile(JSONWriter.write(document))
      let listed = try #require(index.entries.first { $0.contentID == file.contentID })
      #expect(Belonging.fault(of: file, listedAs: listed) == nil)
    }
  }
}
