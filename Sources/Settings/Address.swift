/// An http or https URL from the configuration. It may carry a password, so nothing that prints it shows that.
///
/// It refuses what the transfer would refuse, so that a mistake is told with its line and not in the middle of a sync.
package struct Address: Hashable, Sendable {
  /// For the transfer, and nothing else.
  package let unredacted: String

  package enum Refusal: Error, Hashable, CaseIterable { case scheme, host, port, credentials, fragment, character }

  package init(_ text: String) throws(Refusal) {
    unredacted = text
    let lowered = text.lowercased()
    guard lowered.hasPrefix("http://") || lowered.hasPrefix("https://") else { throw .scheme }
    if text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "\\") }) { throw .character }
    if text.contains("#") { throw .fragment }
    let sides = parts.authority.split(separator: "@", omittingEmptySubsequences: false)
    // Two at-signs are read differently by different parsers, so that one sees another host than the next.
    if sides.count > 2 { throw .credentials }
    try Self.check(hostAndPort: sides[sides.count - 1])
  }

  private static func check(hostAndPort text: Substring) throws(Refusal) {
    let host: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw .host }
      host = text[...end]
      if host.count < 4 || !host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || ":.".contains($0) }) {
        throw .host
      }
    } else {
      host = text.prefix { $0 != ":" }
      if host.isEmpty || !host.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) }) { throw .host }
    }
    let rest = text[host.endIndex...]
    if rest.isEmpty { return }
    let digits = rest.dropFirst()
    guard rest.hasPrefix(":"), digits.count <= 5, digits.allSatisfy(\.isNumber), let port = Int(digits),
      (1...65535).contains(port)
    else { throw .port }
  }

  private var parts: (scheme: Substring, authority: Substring, tail: Substring) {
    let scheme = unredacted.prefix { $0 != ":" }
    let rest = unredacted.dropFirst(scheme.count + 3)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    return (scheme, authority, rest[authority.endIndex...])
  }
}

extension Address: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Without credentials, and without the query: that is where signed addresses keep their token.
  package var description: String {
    let (scheme, authority, tail) = parts
    let host = authority.lastIndex(of: "@").map { "***\(authority[$0...])" } ?? String(authority)
    let path = tail.prefix { $0 != "?" }
    return "\(scheme)://\(host)\(path)\(path.endIndex == tail.endIndex ? "" : "?***")"
  }

  package var debugDescription: String { description }
  /// `dump` and the expectations of tests print the stored properties unless told otherwise.
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Address.Refusal {
  /// What is said of the address, and what to do about it.
  var told: (fault: String, remedy: String) {
    switch self {
    case .scheme: ("is not an http or https address", "begin it with https:// or http://")
    case .host: ("names no host", "write it as in https://images.maas.io/ephemeral-v3/stable/")
    case .port:
      (
        "has a port that is not a number from 1 to 65535",
        "mend it; in a user name or password write “/” as %2F and “:” as %3A"
      )
    case .credentials: ("has two “@” before its path", "write one in a user name or password as %40")
    case .fragment: ("has a “#” in it", "remove what begins there, or write %23")
    case .character: ("has a blank, a backslash or a letter that is not ASCII in it", "percent-encode it, as in %20")
    }
  }
}
