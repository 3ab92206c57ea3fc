/// Takes secrets out of text that people will read. What arrives from outside — curl's messages quote addresses and
/// servers' words — also loses its control characters, with which a server could write on an operator's terminal.
struct Redaction: Sendable {
  static let mark = "***"
  private let secrets: [String]

  /// Knows the secrets of these addresses by heart, encoded and decoded.
  init(_ urls: [RemoteURL]) {
    var found: Set<String> = []
    for url in urls {
      let user = url.userInformation.map { [$0] + $0.split(separator: ":", maxSplits: 1).map(String.init) } ?? []
      let values = (url.query ?? "").split(separator: "&").map { parameter in
        parameter.contains("=") ? String(parameter.drop { $0 != "=" }.dropFirst()) : String(parameter)
      }
      for secret in user + values {
        found.insert(secret)
        found.insert(Self.percentDecoded(secret))
      }
    }
    // The longest first, or a part of a secret would be replaced and the rest left. A single character says nothing.
    secrets = found.filter { $0.count > 1 }.sorted { $0.count > $1.count }
  }

  func scrub(_ text: String) -> String {
    var text = Self.printable(text)
    for secret in secrets { text = text.replacing(secret, with: Self.mark) }
    return text.split(separator: " ").map { word in
      word.contains("://") ? Self.unparsed(String(word)) : String(word)
    }.joined(separator: " ")
  }

  /// `a=1&b=2` becomes `a=***&b=***`; a parameter without a name is all secret.
  static func query(_ text: String) -> String {
    text.split(separator: "&", omittingEmptySubsequences: false).map { parameter in
      parameter.contains("=") ? parameter.prefix { $0 != "=" } + "=" + mark : mark[...]
    }.joined(separator: "&")
  }

  /// What may be shown of a text that should have been an address: nothing before an `@`, nothing after a `?`.
  static func unparsed(_ text: String) -> String {
    var text = printable(text)
    if let question = text.firstIndex(of: "?") { text = text[...question] + mark }
    guard let at = text.lastIndex(of: "@") else { return text }
    let start = text.firstRange(of: "://").map(\.upperBound) ?? text.startIndex
    return start <= at ? text[..<start] + mark + text[at...] : mark + text[at...]
  }

  private static func printable(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(300) {
      let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
      scalars.append(isControl ? " " : scalar)
    }
    return String(scalars)
  }

  private static func percentDecoded(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        decoded.append(byte)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }
}
