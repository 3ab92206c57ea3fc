import OrderedCollections

/// Writes JSON that every MAAS reads the same way.
///
/// ASCII only, because raw U+2028 and U+0085 break the line splitting of old clients; indented, because a line that
/// starts with `-` would be dash-escaped by the clear signature and break the new client; keys sorted in C order, so
/// that equal content is equal bytes. Ends with a newline.
package struct JSONWriter {
  private var out: [UInt8] = []

  package static func write(_ value: JSONValue) -> [UInt8] {
    var writer = JSONWriter()
    writer.value(value, depth: 0)
    writer.out.append(0x0A)
    return writer.out
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
      let sorted = members.elements.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      list("{", "}", sorted, depth: depth) { writer, member in
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
