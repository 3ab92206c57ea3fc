/// What a `Range` header asks for (RFC 9110 §14).
enum ByteRange: Equatable {
  /// The header is absent, of another unit, malformed, or asks for too many parts: the whole is sent.
  case whole
  case part(Range<Int64>)
  /// Two or more, none of which touches another, in the order in which they were asked for.
  case parts([Range<Int64>])
  case unsatisfiable

  /// §14.2 allows to ignore a header of many small ranges, which costs the server more than the client.
  private static let limit = 16

  private enum Spec {
    case from(Int64, through: Int64)
    case last(Int64)
  }

  init(_ header: String?, size: Int64) {
    guard let header, let specs = Self.specs(header) else {
      self = .whole
      return
    }
    let ranges = Self.merged(specs.compactMap { Self.resolve($0, size) })
    switch ranges.count {
    case 0: self = .unsatisfiable
    case 1: self = .part(ranges[0])
    default: self = .parts(ranges)
    }
  }

  /// `nil` for anything that is not a list of ranges of bytes (§14.2: such a header is ignored).
  private static func specs(_ header: String) -> [Spec]? {
    let unit = "bytes="
    guard header.prefix(unit.count).lowercased() == unit else { return nil }
    var specs: [Spec] = []
    // §5.6.1.2: empty elements of a list are ignored.
    for text in header.dropFirst(unit.count).split(separator: ",").map(trim) where !text.isEmpty {
      guard specs.count < limit, let spec = spec(text) else { return nil }
      specs.append(spec)
    }
    return specs.isEmpty ? nil : specs
  }

  private static func spec(_ text: Substring) -> Spec? {
    guard let dash = text.firstIndex(of: "-") else { return nil }
    let (first, last) = (text[..<dash], text[text.index(after: dash)...])
    switch (number(first), number(last)) {
    case (let from?, let through?): return isLess(last, first) ? nil : .from(from, through: through)
    case (let first?, nil) where last.isEmpty: return .from(first, through: .max)
    case (nil, let count?) where first.isEmpty: return .last(count)
    default: return nil
    }
  }

  /// `nil` for a range that the file does not have.
  private static func resolve(_ spec: Spec, _ size: Int64) -> Range<Int64>? {
    switch spec {
    case .from(let first, let last): first < size ? first..<min(last, size - 1) + 1 : nil
    // §14.1.2: a suffix is the last bytes; all of them when there are fewer.
    case .last(let count): count > 0 && size > 0 ? max(0, size - count)..<size : nil
    }
  }

  /// Ranges that overlap or touch become one (§15.3.7.2), in the place of the first: no byte is sent twice.
  private static func merged(_ ranges: [Range<Int64>]) -> [Range<Int64>] {
    var out: [Range<Int64>] = []
    for var range in ranges {
      var place = out.count
      while let index = out.firstIndex(where: { $0.lowerBound <= range.upperBound && range.lowerBound <= $0.upperBound }
      ) {
        let other = out.remove(at: index)
        range = min(range.lowerBound, other.lowerBound)..<max(range.upperBound, other.upperBound)
        place = min(place, index)
      }
      out.insert(range, at: min(place, out.count))
    }
    return out
  }

  /// A position that no file reaches stands for the end.
  private static func number(_ digits: Substring) -> Int64? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(digits) ?? .max
  }

  /// §14.1.1: a last position before the first makes a range invalid, also where neither fits into a number here.
  private static func isLess(_ left: Substring, _ right: Substring) -> Bool {
    let (left, right) = (left.drop { $0 == "0" }, right.drop { $0 == "0" })
    return left.count == right.count ? left < right : left.count < right.count
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
