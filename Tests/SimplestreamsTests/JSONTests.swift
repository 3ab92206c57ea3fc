import OrderedCollections
@testable import Simplestreams
import Testing

@Suite struct JSONTests {
  private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

  @Test func keepsTheOrderOfKeysAndTheTextOfNumbers() throws {
    let value = try read(#"{"b": 1.50, "a": 12345678901234567890, "c": [true, false, null]}"#)
    #expect(value.object?.keys.elements == ["b", "a", "c"])
    #expect(value.object?["a"] == .number("12345678901234567890"))
    #expect(value.object?["b"] == .number("1.50"))
  }

  @Test(arguments: [
    (#"{"a": 1, "a": 2}"#, JSONError.Fault.duplicateKey), (#"{"a": 1} x"#, .trailingBytes),
    (#"{"a": "#, .unexpectedEnd),
    (#"["\u12"]"#, .invalidEscape), (#"["\ud800"]"#, .invalidEscape), ("[\"a\u{01}\"]", .controlCharacter),
    ("[01]", .invalidNumber), ("[1.]", .invalidNumber), ("[-]", .invalidNumber), ("[+1]", .unexpectedByte),
    ("", .unexpectedEnd), ("[1,]", .unexpectedByte),
  ])
  func refusesWhatIsNotJSON(_ text: String, _ fault: JSONError.Fault) {
    #expect(throws: JSONError.self) { try read(text) }
    do { _ = try read(text) } catch { #expect((error as? JSONError)?.fault == fault) }
  }

  @Test func refusesTextThatIsNotUTF8() {
    #expect(throws: JSONError(fault: .invalidUTF8, offset: 1)) { try JSONReader.read([0x5B, 0x22, 0xFF, 0x22, 0x5D]) }
  }

  @Test func refusesABombOfBrackets() {
    #expect(throws: JSONError(fault: .tooDeep, offset: 64)) {
      try JSONReader.read(Array(repeating: UInt8(ascii: "["), count: 1_000_000))
    }
  }

  @Test func unescapesAsTheStandardSays() throws {
    #expect(try read(#"["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"]"#) == .array([.string("\"\\/\u{8}\u{C}\n\r\té😀")]))
  }

  @Test func writesASCIISortedAndIndentedSoThatEveryMAASReadsIt() throws {
    let bytes = JSONWriter.write(.object(["b": .string("é\u{2028}😀\u{85}"), "a": .array([]), "-": .number(1)]))
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text == "{\n \"-\": 1,\n \"a\": [],\n \"b\": \"\\u00e9\\u2028\\ud83d\\ude00\\u0085\"\n}\n")
    #expect(text.split(separator: "\n").allSatisfy { !$0.hasPrefix("-") })
    #expect(try JSONReader.read(bytes).object?["b"] == .string("é\u{2028}😀\u{85}"))
  }
}
