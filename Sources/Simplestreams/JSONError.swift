/// Why bytes are not the JSON that we read.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Fault: String, Sendable {
    case unexpectedEnd = "it ends in the middle"
    case unexpectedByte = "an unexpected character"
    case invalidUTF8 = "text that is not UTF-8"
    case invalidNumber = "a number that is not one"
    case invalidEscape = "an escape that is not one"
    case controlCharacter = "a raw control character in a string"
    case duplicateKey = "a key that occurs twice in one object"
    case tooDeep = "more nesting than any simplestreams document has"
    case tooMany = "more values than any simplestreams document has"
    case noObject = "something else than an object"
    case trailingBytes = "something after the end of the value"
  }

  package var fault: Fault
  /// Byte offset from the start.
  package var offset: Int

  package var description: String { "at byte \(offset): \(fault.rawValue)" }
}
