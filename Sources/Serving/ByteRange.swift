/// What a `Range` header asks for (RFC 9110 §14).
enum ByteRange: Equatable {
  /// The header is absent, of another unit, malformed, or asks for several parts: the whole is sent.
  case whole
  case part(Range<Int64>)
  case unsatisfiable

  init(_ header: String?, size: Int64) {
    self = header.flatMap { Self.single($0, size: size) } ?? .whole
  }

  /// `nil` for anything that is not one range of bytes (§14.2: such a header is ignored).
  private static func single(_ header: String, size: Int64) -> ByteRange? {
    let unit = "bytes="
    guard header.prefix(unit.count).lowercased() == unit else { return nil }
    let text = trim(header.dropFirst(unit.count))
    guard let dash = text.firstIndex(of: "-") else { return nil }
    let (first, last) = (text[..<dash], text[text.index(after: dash)...])
    switch (number(first), number(last, orEnd: true)) {
    case (let first?, let last?):
      if last < first { return nil }
      return first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
    case (let first?, nil) where last.isEmpty:
      return first < size ? .part(first..<size) : .unsatisfiable
    case (nil, let count?) where first.isEmpty:
      // §14.1.2: a suffix is the last bytes; all of them when there are fewer.
      return count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
    default:
      return nil
    }
  }

  /// - Parameter orEnd: a last position that no file reaches stands for the end.
  private static func number(_ digits: Substring, orEnd: Bool = false) -> Int64? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(digits) ?? (orEnd ? .max : nil)
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
