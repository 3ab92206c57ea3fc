import OrderedCollections

/// Writes JSON that every MAAS reads the same way.
///
/// ASCII only, because raw U+2028 and U+0085 break the line splitting of old clients; indented, because a line that
/// starts with `-` would be dash-escaped by the clear signature and break the new client; keys sorted in C order, so
/// that equal content is equal bytes. Ends with a newline.
package struct JSONWriter {
  private var out: [UInt8] = []
  /// What takes the bytes as they come; without one they stay here.
  private let sink: (([UInt8]) -> Void)?
  private static let pieceLength = 64 << 10

  package static func write(_ value: JSONValue) -> [UInt8] {
    var writer = JSONWriter(sink: nil)
    writer.value(value, depth: 0)
    writer.out.append(0x0A)
    return writer.out
  }

  /// The same of an object of which one member is most: its members are made one by one, and their bytes handed on.
  ///
  /// - Parameters:
  ///   - name: of the member that is most.
  ///   - members: of that, each made when its turn has come.
  static func write<Member>(
    _ object: JSONObject, _ name: String, _ members: [(key: String, value: Member)],
    _ json: (Member) -> JSONValue, to sink: @escaping ([UInt8]) -> Void
  ) {
    var writer = JSONWriter(sink: sink)
    var top = object
    top[name] = .null
    writer.list("{", "}", sorted(top.elements), depth: 0) { writer, member in
      writer.quoted(member.key)
      writer.text(": ")
      if member.key != name { return writer.value(member.value, depth: 1) }
      writer.list("{", "}", sorted(members), depth: 1) { writer, member in
        writer.quoted(member.key)
        writer.text(": ")
        writer.value(json(member.value), depth: 2)
        writer.handOn(above: pieceLength)
      }
    }
    writer.out.append(0x0A)
    writer.handOn(above: 0)
  }

  private mutating func handOn(above count: Int) {
    guard let sink, out.count > count else { return }
    sink(out)
    out.removeAll(keepingCapacity: true)
  }

  private static func sorted<Members: Sequence, Value>(_ members: Members) -> [(key: String, value: Value)]
  where Members.Element == (key: String, value: Value) {
    members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  private mutating func value(_ value: JSONValue, depth: Int) {
    switch value {
    case .null: text("null")
    case .bool(let truth): text(truth ? "true" : "false")
    case .number(let number): text(number)
    case .string(let string): quoted(string)
    case .array(let elements):
      list("[", "]", elements, depth: depth) { writer, element in writer.value(element, depth: depth + 1) }
    case .object(let members):
      list("{", "}", Self.sorted(members.elements), depth: depth) { writer, member in
        writer.quoted(member.key)
        writer.text(": ")
        writer.value(member.value, depth: depth + 1)
      }
    }
  }

  private mutating func list<Element>(
    _ open: StaticString, _ close: StaticString, _ elements: [Element], depth: Int,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    text("\(open)")
    for (index, element) in elements.enumerated() {
      if index > 0 { text(",") }
      line(depth + 1)
      body(&self, element)
    }
    if !elements.isEmpty { line(depth) }
    text("\(close)")
  }

  private mutating func line(_ depth: Int) {
    out.append(0x0A)
    out.append(contentsOf: repeatElement(0x20, count: depth))
  }

  private mutating func text(_ string: String) { out.append(contentsOf: string.utf8) }

  private mutating func quoted(_ string: String) {
    out.append(0x22)
    for unit in string.utf16 {
      switch unit {
      case 0x22: text("\\\"")
      case 0x5C: text("\\\\")
      case 0x0A: text("\\n")
      case 0x0D: text("\\r")
      case 0x09: text("\\t")
      case 0x20..<0x7F: out.append(UInt8(unit))
      default:
        let digits = String(unit, radix: 16)
        text("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
      }
    }
    out.append(0x22)
  }
}
