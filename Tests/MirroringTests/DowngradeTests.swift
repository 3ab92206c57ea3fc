import OrderedCollections
import Simplestreams
import Storage
import TestSupport
import Testing

@testable import Mirroring

@Suite struct DowngradeTests {
  private static let product = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"

  private func fallen(
    served: String, offered: [String], missing: [String] = [], leftOut: [String?] = []
  ) throws -> [String: String] {
    let document = Catalogue.ubuntu(versions: offered)
    let snapshot = Snapshot(
      source: "s", sequence: 1, created: 0, documents: [], items: [],
      missing: missing.map { .init(product: Self.product, version: $0, reason: "") })
    let violations = leftOut.map { Gate.Violation(contentID: "c", product: Self.product, version: $0, rule: "") }
    return Downgrade(served: [Self.product: served], [snapshot], leftOut: violations)
      .products(in: [try ProductsFile(JSONWriter.write(document))])
  }

  @Test func aProductFallsBackWhereWhatUpstreamListsCannotBeHad() throws {
    #expect(try fallen(served: "2", offered: ["1"], missing: ["3"]) == [Self.product: "2"])
    #expect(try fallen(served: "2", offered: ["1"], leftOut: ["2"]) == [Self.product: "2"])
    #expect(try fallen(served: "2", offered: [], leftOut: [nil]) == [Self.product: "2"])
  }

  @Test func whatUpstreamWithdrewGoesBack() throws {
    #expect(try fallen(served: "2", offered: ["1"]).isEmpty)
    // An older one that failed is no reason for the newest to be gone.
    #expect(try fallen(served: "2", offered: ["0"], missing: ["1"]).isEmpty)
  }

  @Test func whatStaysOrGoesOnDoesNotFall() throws {
    #expect(try fallen(served: "2", offered: ["2"], missing: ["3"]).isEmpty)
    #expect(try fallen(served: "2", offered: ["3"], missing: ["2"]).isEmpty)
  }
}
