import OrderedCollections
import Testing

@testable import Simplestreams

@Suite struct JSONOutlineTests {
  private func outline(_ text: String, limit: Int = 1000) throws -> JSONOutline {
    try JSONOutline(Array(text.utf8), deferring: "many", limit: limit)
  }

  private func values(_ text: String, limit: Int = 1000) throws -> [JSONValue] {
    var outline = try outline(text, limit: limit)
    var values: [JSONValue] = []
    for element in outline.elements ?? [] { values.append(try outline.value(of: element)) }
    return values
  }

  @Test(arguments: [
    #"{"many": {"a": 1, "b": {"c": ["}", "\"]", "\\\\"]}, "d": []}, "z": 2}"#,
    #"{"z": 2 , "many" :{ "a":1,"b":{"c":["}","\"]","\\\\"]},"d":[ ] } }"#,
  ])
  func anObjectIsReadMemberByMember(text: String) throws {
    let outline = try outline(text)
    #expect(outline.members == ["z": .number("2")] && outline.isObject)
    #expect(outline.elements?.map(\.key) == ["a", "b", "d"])
    let many = try #require(JSONReader.read(Array(text.utf8)).object?["many"]?.object)
    #expect(try values(text) == Array(many.values))
  }

  @Test func aListIsReadElementByElement() throws {
    let text = #"{"many": ["a", true , null,-1.5e3, {"b": [[]]}]}"#
    #expect(try outline(text).isObject == false)
    #expect(try .array(values(text)) == JSONReader.read(Array(text.utf8)).object?["many"])
  }

  @Test func whatIsNotMuchIsAMemberLikeOthers() throws {
    #expect(try outline(#"{"many": 1}"#).members == ["many": .number("1")])
    #expect(try outline(#"{"many": 1}"#).elements == nil && outline("{}").elements == nil)
    #expect(try outline(#"{"many": {}}"#).elements?.isEmpty == true)
  }

  /// At the latest when the element is read that is at fault.
  @Test(arguments: [
    ("[1]", JSONError.Fault.noObject), (#"{"many": {"a": 1, "a": 2}}"#, .duplicateKey),
    (#"{"many": {}, "many": {}}"#, .duplicateKey), (#"{"many": {"a": {"b": 1, "b": 2}}}"#, .duplicateKey),
    (#"{"many": {"a": [1}}}"#, .unexpectedByte), (#"{"many": {"a": {1]}}"#, .unexpectedByte),
    (#"{"many": [1 2]}"#, .unexpectedByte), (#"{"many": [tru]}"#, .unexpectedByte),
    (#"{"many": [1x]}"#, .unexpectedByte), (#"{"many": [,]}"#, .unexpectedByte), (#"{"many": [1,]}"#, .unexpectedByte),
    (#"{"many": ["a"#, .unexpectedEnd), (#"{"many": ["a\"#, .unexpectedEnd), (#"{"many": [[1]"#, .unexpectedEnd),
    (#"{"many": [01]}"#, .invalidNumber), (#"{"many": [1]} x"#, .trailingBytes),
    (#"{"many": ["\ud800"]}"#, .invalidEscape), (#"{"many": {"a" 1}}"#, .unexpectedByte),
  ])
  func whatIsWrongInAnElementIsFound(_ text: String, _ fault: JSONError.Fault) {
    #expect(throws: JSONError.self, "\(text)") { try values(text) }
    do { _ = try values(text) } catch { #expect((error as? JSONError)?.fault == fault, "\(text)") }
  }

  @Test func depthAndNumberAreCountedAcrossElements() throws {
    // The document, its list, and as many more.
    let deep = String(repeating: "[", count: JSONReader.depthLimit - 2)
    let end = String(repeating: "]", count: JSONReader.depthLimit - 2)
    #expect(try values("{\"many\": [\(deep)\(end)]}").count == 1)
    #expect(throws: JSONError.self) { try values("{\"many\": [[\(deep)\(end)]]}") }
    let text = #"{"x": 1, "many": [[1, 2], [3, 4]]}"#
    let count = try JSONReader.read(Array(text.utf8), limit: 1000).count
    #expect(try values(text, limit: count).count == 2)
    #expect(throws: JSONError.self) { try values(text, limit: count - 1) }
    // Before anything is made of them.
    #expect(throws: JSONError.self) { try outline("{\"many\": [\(String(repeating: "1,", count: 1000))1]}") }
  }

  @Test func writtenInPiecesItIsTheSame() throws {
    let file = try Samples.file(
      Samples.ubuntu(attributes: Samples.ubuntuAttributes + #", "vendor_note": {"deep": [1, "é"]}"#),
      top: #", "label": "top""#)
    for updated in [nil, Timestamp(seconds: 1)] {
      #expect(file.bytes(updated: updated) == JSONWriter.write(file.json(updated: updated)))
    }
    var many = file
    many.products = (0..<2000).map { number in
      var product = file.products[0]
      product.name = "\(number)"
      return product
    }
    var pieces: [[UInt8]] = []
    many.write(updated: nil) { pieces.append($0) }
    #expect(pieces.count > 2 && pieces.allSatisfy { $0.count < 256 << 10 })
    #expect(Array(pieces.joined()) == JSONWriter.write(many.json(updated: nil)))
  }
}
