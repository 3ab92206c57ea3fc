/// What a `Range` header asks for (RFC 9110 §14).
enum ByteRange: Equatable {
  /// The header is absent, of another unit, malformed, or asks for several parts: the whole is sent.
  case whole
  case part(Range<Int64>)
  case unsatisfiable

  init(_ header: String?, size: Int64) {
    guard let header, header.lowercased().hasPrefix("bytes=") else {
      self = .whole
      return
    }
    let text = header.dropFirst("bytes=".count).filter { $0 != " " }
    let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
    guard !text.contains(","), bounds.count == 2,
      bounds.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else {
      self = .whole
      return
    }
    switch (Int64(bounds[0]), Int64(bounds[1])) {
    case (let first?, let last?):
      if last < first {
        self = .whole
      } else {
        self = first < size ? .part(first..<(min(last, size - 1) + 1)) : .unsatisfiable
      }
    case (let first?, nil) where bounds[1].isEmpty:
      self = first < size ? .part(first..<size) : .unsatisfiable
    case (nil, let count?) where bounds[0].isEmpty:
      // §14.1.2: a suffix is the last bytes.
      self = count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
    default:
      self = .whole
    }
  }
}
