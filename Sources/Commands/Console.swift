import Glibc
import Simplestreams

/// What the program prints. Results go to standard output, everything else to standard error.
enum Console {
  static func print(_ text: String) {
    write(Array("\(printable(text))\n".utf8), to: STDOUT_FILENO)
  }

  static func note(_ text: String) { draw("\(printable(text))\n") }
  static func error(_ text: String) { draw("maas-mirror: \(printable(text))\n") }
  /// Messages quote documents, servers and files: none of them may write on an operator's terminal.
  static func printable(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x0A }) { return text }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let category = scalar.properties.generalCategory
      let isUnseen =
        switch category {
        case .control: scalar != "\n"
        case .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
      scalars.append(isUnseen ? "\u{FFFD}" : scalar)
    }
    return String(scalars)
  }

  /// As it is, with what moves the cursor.
  static func draw(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

  /// A reader that went away takes nothing with it: the work goes on.
  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
    }
  }

  static func json(_ value: JSONValue) {
    print(String(decoding: JSONWriter.write(value).dropLast(), as: UTF8.self))
  }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Columns as wide as their widest cell. Numbers stand to the right.
  static func table(_ header: [String], _ rows: [[String]], right: Set<Int> = []) -> String {
    // A title from a document must not begin a row of its own.
    let all = ([header] + rows).map { row in row.map { $0.replacing("\n", with: "\u{FFFD}") } }
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = row.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - row[column].count)
        return right.contains(column) ? gap + row[column] : row[column] + gap
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}

extension JSONValue {
  static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
  static func time(_ seconds: Int64?) -> JSONValue { seconds.map { .string(Timestamp(seconds: $0).iso) } ?? .null }
  static func count(_ count: Int) -> JSONValue { .number(String(count)) }
}
