import OrderedCollections

/// A JSON object of which one member is most: that is read element by element, so that never all of it is in memory as values.
///
/// What is wrong in an element is told when it is read, and not before.
package struct JSONOutline {
  /// The other members.
  package let members: JSONObject
  /// Where the elements of that one are; `nil` where it is not there, and among `members` where it is neither an object nor a list.
  package let elements: [Element]?
  /// Whether they are those of an object.
  package let isObject: Bool
  /// How many values were read so far.
  package private(set) var count: Int

  package struct Element: Sendable {
    /// Empty in a list.
    package let key: String
    package let place: Range<Int>
  }

  private let bytes: [UInt8]
  private let limit: Int
  /// An element is in its list, and that in the document.
  private static let depth = 2

  /// - Parameters:
  ///   - name: of the member that is most.
  ///   - limit: how many values there may be in all.
  package init(
    _ bytes: [UInt8], deferring name: String, limit: Int = ReadingBudget.valueLimit
  ) throws(JSONError) {
    let (members, elements, isObject, count) = try JSONReader.read(bytes, limit: limit) { reader throws(JSONError) in
      let (members, elements, isObject) = try reader.outline(name)
      return (members, elements, isObject, reader.values)
    }
    (self.members, self.elements, self.isObject, self.count) = (members, elements, isObject, count)
    self.bytes = bytes
    self.limit = limit
  }

  package mutating func value(of element: Element) throws(JSONError) -> JSONValue {
    let before = count
    let (value, after) = try JSONReader.read(bytes, limit: limit) { reader throws(JSONError) in
      (try reader.value(at: element.place, depth: Self.depth, after: before), reader.values)
    }
    count = after
    return value
  }
}

extension JSONReader {
  /// The whole object, with the places of the elements of one of its members.
  fileprivate mutating func outline(_ name: String) throws(JSONError) -> (
    JSONObject, [JSONOutline.Element]?, isObject: Bool
  ) {
    var elements: [JSONOutline.Element]?
    var isObject = false
    var members = JSONObject()
    try document { reader throws(JSONError) in
      reader.values += 1
      guard try reader.peek() == UInt8(ascii: "{") else { throw reader.error(.noObject) }
      var names: Set<String> = []
      try reader.list { reader throws(JSONError) in
        let (key, start) = try reader.key()
        if !names.insert(key).inserted { throw JSONError(fault: .duplicateKey, offset: start) }
        let first = try reader.peek()
        if key == name, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
          isObject = first == UInt8(ascii: "{")
          elements = try reader.places(areNamed: isObject)
        } else {
          members[key] = try reader.value()
        }
      }
    }
    return (members, elements, isObject)
  }

  private mutating func places(areNamed: Bool) throws(JSONError) -> [JSONOutline.Element] {
    values += 1
    var elements: [JSONOutline.Element] = []
    var names: Set<String> = []
    try list { reader throws(JSONError) in
      var key = ""
      if areNamed {
        let start: Int
        (key, start) = try reader.key()
        if !names.insert(key).inserted { throw JSONError(fault: .duplicateKey, offset: start) }
      }
      let start = reader.offset
      try reader.passOver()
      elements.append(.init(key: key, place: start..<reader.offset))
      // Each is a value at least.
      if reader.values + elements.count > reader.limit { throw reader.error(.tooMany) }
    }
    return elements
  }

  /// To where a value ends if it is one: behind its last bracket, or before what ends a number or a word.
  private mutating func passOver() throws(JSONError) {
    var open = 0
    repeat {
      switch try peek() {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open += 1
        offset += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if open == 0 { throw error(.unexpectedByte) }
        open -= 1
        offset += 1
      case UInt8(ascii: "\""): try passOverText()
      case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D:
        if open == 0 { throw error(.unexpectedByte) }
        offset += 1
      default: passOverWord()
      }
    } while open > 0
  }

  private mutating func passOverText() throws(JSONError) {
    offset += 1
    while try peek() != UInt8(ascii: "\"") { offset += try peek() == UInt8(ascii: "\\") ? 2 : 1 }
    offset += 1
  }

  private mutating func passOverWord() {
    while offset < bytes.count, !Self.ends.contains(bytes[offset]) { offset += 1 }
  }

  private static let ends = Array("{}[]\",:".utf8) + [0x20, 0x09, 0x0A, 0x0D]

  fileprivate mutating func value(
    at place: Range<Int>, depth: Int, after count: Int
  ) throws(JSONError) -> JSONValue {
    (offset, self.depth, values) = (place.lowerBound, depth, count)
    let value = try value()
    if offset != place.upperBound { throw error(.unexpectedByte) }
    return value
  }
}
