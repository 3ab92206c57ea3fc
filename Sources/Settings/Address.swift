/// An http or https URL from the configuration. It may carry a password, so its description never shows that.
package struct Address: Hashable, Sendable, CustomStringConvertible {
  /// For the transfer, and nothing else.
  package let unredacted: String

  package enum Refusal: Error { case scheme, host, character }

  package init(_ text: String) throws(Refusal) {
    let lowered = text.lowercased()
    guard lowered.hasPrefix("http://") || lowered.hasPrefix("https://") else { throw .scheme }
    if text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "#") }) { throw .character }
    unredacted = text
    guard let host, !host.isEmpty, host.first != ":" else { throw .host }
  }

  package var description: String {
    let (scheme, rest) = parts
    guard let at = authority.lastIndex(of: "@") else { return unredacted }
    return "\(scheme)://***@\(authority[authority.index(after: at)...])\(rest.dropFirst(authority.count))"
  }

  private var parts: (scheme: Substring, rest: Substring) {
    let scheme = unredacted.prefix { $0 != ":" }
    return (scheme, unredacted.dropFirst(scheme.count + 3))
  }

  private var authority: Substring { parts.rest.prefix { $0 != "/" && $0 != "?" } }

  private var host: Substring? {
    authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
  }
}
