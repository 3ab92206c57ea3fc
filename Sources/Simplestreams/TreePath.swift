/// The path of a file inside a simplestreams tree, relative to its root: `noble/amd64/20250718/squashfs`.
///
/// Paths come from outside. Everything that could leave the tree, name another host, or collide with the
/// documents is refused here, once, so that no later step has to think of it.
package struct TreePath: Hashable, Sendable {
  package let string: String

  /// Why a text is not a path that a tree may have.
  package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case absolute
    case emptySegment
    case dotSegment
    case forbiddenCharacter
    case schemeOrQuery
    case reserved
    case tooLong

    package var description: String {
      switch self {
      case .empty: "it is empty"
      case .absolute: "it is absolute"
      case .emptySegment: "it has an empty segment"
      case .dotSegment: "it has a “.” or “..” segment"
      case .forbiddenCharacter: "it has a control character or a backslash"
      case .schemeOrQuery: "it has a scheme, a query or a fragment"
      case .reserved: "it lies under streams/, upstream/ or .data/, where only documents live"
      case .tooLong: "it is longer than 1,024 bytes, or a segment than 255"
      }
    }
  }

  /// Bytes of a path that an index may list: a publication keeps the document below folders of its own, whose names have 96
  /// bytes at most.
  package static let documentLimit = 900

  /// An item's path: must not lie under `streams/`, `upstream/` or `.data/`.
  package init(item text: String) throws(Refusal) {
    try Self.check(text)
    let first = text.prefix { $0 != "/" }.lowercased()
    // `upstream/` is where a publication keeps upstream's own documents.
    if ["streams", ".data", "upstream"].contains(first) { throw .reserved }
    string = text
  }

  /// A document's path, as an index names it: anywhere inside the tree.
  package init(document text: String) throws(Refusal) {
    try Self.check(text)
    string = text
  }

  package var lastSegment: String { String(string.split(separator: "/").last!) }

  /// The text of a percent-encoded path, ready for a URL: `:` and `+` stay raw, as MAAS sends them.
  package var percentEncoded: String { Self.percentEncode(string) }

  package static func percentEncode(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "+"), UInt8(ascii: "@"),
        UInt8(ascii: ","), UInt8(ascii: "="):
        out.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        out += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return out
  }

  private static func check(_ text: String) throws(Refusal) {
    if text.isEmpty { throw .empty }
    if text.utf8.count > 1024 { throw .tooLong }
    if text.utf8.first == UInt8(ascii: "/") { throw .absolute }
    for byte in text.utf8 {
      if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") { throw .forbiddenCharacter }
      if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { throw .schemeOrQuery }
    }
    for segment in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      if segment.isEmpty { throw .emptySegment }
      if segment.count > 255 { throw .tooLong }
      if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) { throw .dotSegment }
    }
    if hasScheme(text) { throw .schemeOrQuery }
  }

  /// RFC 3986 §3.1: a scheme ends at a colon before any slash. Content ids have colons too
  /// (`com.ubuntu.maas:stable:v3:download.sjson`), but always below `streams/`; a first segment with one would
  /// be read as a scheme by every client that joins URLs.
  private static func hasScheme(_ text: String) -> Bool {
    if text.utf8.prefix(while: { $0 != UInt8(ascii: "/") }).contains(UInt8(ascii: ":")) { return true }
    return text.contains("://")
  }
}

/// Swift compares text by canonical equivalence: “é” is “e” and an accent. A server that is asked for the one does not have
/// the other, so paths are equal only if their bytes are.
extension TreePath {
  package static func == (left: TreePath, right: TreePath) -> Bool { left.string.utf8.elementsEqual(right.string.utf8) }

  package func hash(into hasher: inout Hasher) {
    let isHashed: Void? = string.utf8.withContiguousStorageIfAvailable {
      hasher.combine(bytes: UnsafeRawBufferPointer($0))
    }
    if isHashed == nil { hasher.combine(Array(string.utf8)) }
  }
}

extension TreePath: Comparable {
  /// C order: byte by byte.
  package static func < (left: TreePath, right: TreePath) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }
}

extension TreePath: CustomStringConvertible {
  package var description: String { string }
}
