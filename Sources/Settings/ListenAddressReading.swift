extension ServeSettings.Listen {
  /// `host:port`, with an IPv6 host in brackets. Port 0 is any that is free.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits), port <= 65535 else {
      return nil
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      // After “%” an interface is named, as in fe80::1%eth0.
      let address = host.prefix { $0 != "%" }
      guard address.contains(":"), address.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
    } else {
      let isHost = host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
      guard isHost, !host.isEmpty else { return nil }
    }
    self.init(host: String(host), port: port)
  }
}
