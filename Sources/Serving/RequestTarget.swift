/// The path of a request (RFC 9112 §3.2), decoded once.
enum RequestTarget: Equatable {
  /// Without the slashes around it.
  case path(String, isFolder: Bool)
  case malformed
  /// A path that no tree has: dot segments, an encoded slash, an empty segment.
  case nowhere

  init(_ target: String) {
    // A fragment is no part of a request (RFC 3986 §3.5), and what a proxy made of it nobody knows.
    guard let path = Self.parts(of: target.utf8[...])?.path, !path.contains(UInt8(ascii: "#")) else {
      self = .malformed
      return
    }
    self = Self.decode(path.prefix { $0 != UInt8(ascii: "?") })
  }

  /// The path as it came, where it has a percent sign: what a client asks for that takes such a path out of a document and
  /// sends it as it stands there. `nil` for what no tree has, spelt so.
  static func undecoded(_ target: String) -> String? {
    guard let path = parts(of: target.utf8[...])?.path, !path.contains(UInt8(ascii: "#")) else { return nil }
    let bytes = path.prefix { $0 != UInt8(ascii: "?") }
    guard bytes.contains(UInt8(ascii: "%")), case .path(let text, isFolder: false) = locate(Array(bytes)) else {
      return nil
    }
    return text
  }

  /// Whom a target in absolute-form names, which counts for more than the Host beside it (§3.2.2).
  static func authority(of target: String) -> String? {
    parts(of: target.utf8[...])?.authority.flatMap { String($0) }
  }

  /// What follows the first slash. A client of a proxy sends absolute-form (§3.2.2), which every server must take.
  private static func parts(
    of target: Substring.UTF8View
  ) -> (authority: Substring.UTF8View?, path: Substring.UTF8View)? {
    if target.first == UInt8(ascii: "/") { return (nil, target.dropFirst()) }
    let rest = target.drop { (0x61...0x7A).contains($0 | 0x20) }
    guard ["http", "https"].contains(String(target[..<rest.startIndex])?.lowercased()), rest.starts(with: "://".utf8)
    else { return nil }
    let authority = rest.dropFirst(3).prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    // RFC 9110 §4.2.1 and §4.2.4: no empty host, and nobody's password.
    guard let first = authority.first, first != UInt8(ascii: ":"),
      Array(authority).withUnsafeBytes({ HostName.isValid($0) })
    else { return nil }
    let path = rest.dropFirst(3)[authority.endIndex...]
    return (authority, path.first == UInt8(ascii: "/") ? path.dropFirst() : path)
  }

  private static func decode(_ path: Substring.UTF8View) -> RequestTarget {
    var bytes: [UInt8] = []
    var rest = path
    while let byte = rest.popFirst() {
      if byte != UInt8(ascii: "%") {
        // `+` is a plus: only form data means a space by it.
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst(), let low = rest.popFirst(), let value = hex(high, low), value != 0 else {
        return .malformed
      }
      // An encoded slash would be one segment for a proxy and two for us.
      if value == UInt8(ascii: "/") || value == UInt8(ascii: "\\") { return .nowhere }
      bytes.append(value)
    }
    return locate(bytes)
  }

  private static func locate(_ bytes: [UInt8]) -> RequestTarget {
    if bytes.isEmpty { return .path("", isFolder: true) }
    let isFolder = bytes.last == UInt8(ascii: "/")
    let path = isFolder ? bytes.dropLast() : bytes[...]
    for segment in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      if segment.isEmpty || segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) { return .nowhere }
    }
    guard let text = String(validating: path, as: UTF8.self) else { return .malformed }
    return .path(text, isFolder: isFolder)
  }

  private static func hex(_ high: UInt8, _ low: UInt8) -> UInt8? {
    guard let high = digit(high), let low = digit(low) else { return nil }
    return high << 4 | low
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
