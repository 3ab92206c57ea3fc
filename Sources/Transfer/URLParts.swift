/// What an address is made of (RFC 3986 §3), as far as http and https use it.
struct URLParts {
  let isSecure: Bool
  let userInformation: String?
  let host: String
  let port: Int?
  let path: String
  let query: String?

  init(_ text: String) throws(URLRefusal) {
    if !text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) { throw .forbiddenCharacter }
    if text.contains("#") { throw .fragment }
    guard let colon = text.firstRange(of: "://") else { throw .scheme }
    switch text[..<colon.lowerBound].lowercased() {
    case "http": isSecure = false
    case "https": isSecure = true
    default: throw .scheme
    }
    let rest = text[colon.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let tail = rest[authority.endIndex...]
    let pathText = tail.prefix { $0 != "?" }
    path = pathText.isEmpty ? "/" : String(pathText)
    query = pathText.endIndex == tail.endIndex ? nil : String(tail[pathText.endIndex...].dropFirst())

    // Two at-signs are read differently by different parsers, so that one sees another host than the next.
    let sides = authority.split(separator: "@", omittingEmptySubsequences: false)
    if sides.count > 2 { throw .userInformation }
    userInformation = sides.count == 2 && !sides[0].isEmpty ? String(sides[0]) : nil
    (host, port) = try Self.hostAndPort(sides[sides.count - 1], isSecure: isSecure)
  }

  private static func hostAndPort(_ text: Substring, isSecure: Bool) throws(URLRefusal) -> (String, Int?) {
    let host: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw .host }
      host = text[...end]
      if host.count < 4 || !host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) {
        throw .host
      }
    } else {
      host = text.prefix { $0 != ":" }
      if host.isEmpty || !host.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) }) { throw .host }
    }
    let name = host.lowercased()
    let rest = text[host.endIndex...]
    if rest.isEmpty { return (name, nil) }
    let digits = rest.dropFirst()
    guard rest.hasPrefix(":"), digits.allSatisfy(\.isNumber), digits.count <= 5, let port = Int(digits),
      (1...65535).contains(port)
    else { throw .port }
    return (name, port == (isSecure ? 443 : 80) ? nil : port)
  }
}

/// Why a text is not an address that can be fetched.
package enum URLRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  case scheme
  case host
  case port
  case userInformation
  case fragment
  case forbiddenCharacter

  package var description: String {
    switch self {
    case .scheme: "it does not begin with http:// or https://"
    case .host: "it has no valid host name"
    case .port: "its port is not a number from 1 to 65535"
    case .userInformation: "it has two “@” before its path; write one in a user name or password as %40"
    case .fragment: "it has a “#”"
    case .forbiddenCharacter: "it has a blank, a backslash, a control or a non-ASCII character; percent-encode it"
    }
  }
}
