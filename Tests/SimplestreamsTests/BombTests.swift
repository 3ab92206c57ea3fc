import OrderedCollections
import Testing

@testable import Simplestreams

/// Short documents that would become large ones.
@Suite struct BombTests {
  private func document(_ products: String, top: String = "") -> [UInt8] {
    Array(#"{"format": "products:1.0", "content_id": "c"\#(top), "products": {\#(products)}}"#.utf8)
  }

  private func members(_ count: Int, _ value: String = "1") -> String {
    (0..<count).map { "\"k\($0)\": \(value)" }.joined(separator: ",")
  }

  private func refusal(_ bytes: [UInt8]) -> String? {
    do throws(DocumentError) {
      _ = try ProductsFile(bytes)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test func aMillionValuesAreTooMany() {
    let bytes = Array(("[" + String(repeating: "0,", count: ReadingBudget.valueLimit) + "0]").utf8)
    #expect(throws: JSONError.self) { try JSONReader.read(bytes) }
    do { _ = try JSONReader.read(bytes) } catch { #expect(error.fault == .tooMany) }
  }

  /// 2,000 products that inherit 2,000 attributes each.
  @Test(.timeLimit(.minutes(1))) func whatAllProductsInheritIsCounted() {
    let bytes = document(members(2000, #"{"versions": {}}"#), top: ", " + members(2000))
    #expect(refusal(bytes)?.contains("expands to more than") == true)
  }

  @Test(.timeLimit(.minutes(1))) func whatAllItemsInheritIsCounted() {
    let bytes = document(#""p": {"versions": {"1": {"items": {\#(members(2000, "{}"))}, \#(members(2000))}}}"#)
    #expect(refusal(bytes)?.contains("expands to more than") == true)
  }

  @Test(.timeLimit(.minutes(1))) func whatAnAliasAddsIsCounted() {
    let table = #", "_aliases": {"a": {"x": {\#(members(2000))}}}"#
    let bytes = document(members(2000, #"{"a": "x", "versions": {}}"#), top: table)
    #expect(refusal(bytes)?.contains("expands to more than") == true)
  }

  @Test(.timeLimit(.minutes(1))) func soAreTheTablesThatAreLookedThrough() {
    let tables = #", "_aliases": {\#(members(2000, "{}"))}"#
    #expect(refusal(document(members(2000, #"{"versions": {}}"#), top: tables))?.contains("expands") == true)
  }

  @Test(arguments: ["a\nb", "a\u{7}b", "a\u{85}b", "a\u{200B}b", "a\u{2028}b", String(repeating: "é", count: 257)])
  func aNameThatCannotBeShownIsRefused(name: String) throws {
    let quoted = String(decoding: JSONWriter.write(.string(name)).dropLast(), as: UTF8.self)
    for text in [
      "\(quoted): {\"versions\": {}}", "\"p\": {\"versions\": {\(quoted): {\"items\": {}}}}",
      "\"p\": {\"versions\": {\"1\": {\"items\": {\(quoted): {}}}}}",
    ] {
      #expect(refusal(document(text))?.contains("a name") == true)
    }
  }

  @Test func anErrorQuotesLittleOfTheDocument() {
    let error = DocumentError(String(repeating: "x", count: 10_000), String(repeating: "y", count: 10_000))
    #expect(error.description.count < 1000)
  }
}
