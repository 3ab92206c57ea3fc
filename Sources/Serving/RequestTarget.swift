/// The path of a request (RFC 9112 §3.2), decoded once.
enum RequestTarget: Equatable {
  /// Without the leading slash.
  case path(String, isFolder: Bool)
  case malformed
  /// A path that no tree has: dot segments, an encoded slash, an empty segment.
  case nowhere

  init(_ target: String) {
    var path = target[...]
    if !path.hasPrefix("/") {
      // absolute-form, as a proxy client sends it
      guard let scheme = path.range(of: "://"), path[..<scheme.lowerBound].allSatisfy(\.isLetter) else {
        self = .malformed
        return
      }
      let rest = path[scheme.upperBound...]
      path = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    if let query = path.firstIndex(where: { $0 == "?" || $0 == "#" }) { path = path[..<query] }
    self = Self.decode(path.dropFirst())
  }

  private static func decode(_ path: Substring) -> RequestTarget {
    var bytes: [UInt8] = []
    var rest = path.utf8[...]
    while let byte = rest.popFirst() {
      if byte != UInt8(ascii: "%") {
        // `+` is a plus: only form data means a space by it.
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst(), let low = rest.popFirst(), let value = hex(high, low), value != 0 else {
        return .malformed
      }
      if value == UInt8(ascii: "/") || value == UInt8(ascii: "\\") { return .nowhere }
      bytes.append(value)
    }
    guard var text = String(validating: bytes, as: UTF8.self) else { return .malformed }
    let isFolder = text.isEmpty || text.hasSuffix("/")
    if text.hasSuffix("/") { text.removeLast() }
    if text.isEmpty { return path.isEmpty ? .path("", isFolder: true) : .nowhere }
    let segments = text.split(separator: "/", omittingEmptySubsequences: false)
    if segments.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) { return .nowhere }
    return .path(text, isFolder: isFolder)
  }

  private static func hex(_ high: UInt8, _ low: UInt8) -> UInt8? {
    func digit(_ byte: UInt8) -> UInt8? {
      switch byte {
      case 0x30...0x39: byte - 0x30
      case 0x41...0x46: byte - 0x37
      case 0x61...0x66: byte - 0x57
      default: nil
      }
    }
    guard let high = digit(high), let low = digit(low) else { return nil }
    return high << 4 | low
  }
}

extension Substring {
  fileprivate func range(of needle: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}
