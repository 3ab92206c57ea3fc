import Testing

@testable import Trust

/// The shape only: the signature is a packet without sense here, gpg looks at that later.
@Suite struct ClearSignedTextTests {
  private static let message = """
    -----BEGIN PGP SIGNED MESSAGE-----
    Hash: SHA512

    {
      "format": "index:1.0"
    }
    -----BEGIN PGP SIGNATURE-----

    iAIEAQ==
    =abcd
    -----END PGP SIGNATURE-----

    """

  private func fault(_ text: String) -> String? { ClearSignedText.fault(in: Array(text.utf8)) }

  @Test(arguments: [
    message,
    String(message.dropLast()),
    message + "\n\n",
    message.replacing("\n", with: "\r\n"),
    message.replacing("\"index:1.0\"\n", with: "\"index:1.0\" \t \n"),
    message.replacing("Hash: SHA512\n", with: "Hash: SHA512\nHash: SHA256\n"),
    message.replacing("{\n", with: "- - a dash, escaped\n{\n"),
    message.replacing("\n=abcd", with: ""),
    message.replacing("SIGNATURE-----\n\n", with: "SIGNATURE-----\nVersion: GnuPG v1\n\n"),
  ])
  func acceptsOneMessage(text: String) { #expect(fault(text) == nil) }

  private static let faults: [(String, String)] = [
    ("", "does not begin"),
    ("<html>502 Bad Gateway</html>", "it is a web page"), ("\n <!DOCTYPE html>", "it is a web page"),
    ("{}\n", "does not begin"),
    ("\u{FEFF}" + message, "before the message"),
    ("\n" + message, "before the message"),
    ("{\"index\": {}}\n" + message, "before the message"),
    (message + "{\"index\": {}}\n", "behind the signature"),
    (message + message, "behind the signature"),
    (message.replacing("Hash: SHA512\n", with: ""), "no Hash: line"),
    (message.replacing("Hash:", with: "Comment:"), "other than Hash:"),
    (message.replacing("Hash: SHA512\n", with: "Hash: SHA512\n{}\n"), "other than Hash:"),
    (message.replacing("MESSAGE-----\n", with: "MESSAGE-----{}\n"), "goes on"),
    (message.replacing("{\n", with: "-{\n"), "unescaped dash"),
    (message.replacing("{\n", with: "-----BEGIN PGP SIGNED MESSAGE-----\n{\n"), "unescaped dash"),
    (message.replacing("=abcd", with: "-----BEGIN PGP SIGNATURE-----"), "signature block is broken"),
    (message.replacing("=abcd", with: "=abcd\nAAAA"), "signature block is broken"),
    (message.replacing("=abcd", with: "Version: GnuPG v2"), "signature block is broken"),
    (message.replacing("iAIEAQ==\n", with: ""), "signature block is broken"),
    (message.replacing("iAIEAQ==", with: "iAMEAQ=="), "signature block is broken"),
    // A signature packet, then a text of its own.
    (message.replacing("iAIEAQ==", with: "iAIEAcsHYgAAAAAAeA=="), "more than signatures"),
    (String(message.prefix { $0 != "{" }), "missing or cut off"),
    (message.replacing("-----END PGP SIGNATURE-----", with: ""), "missing or cut off"),
    (String(message.dropLast(6)), "signature block is broken"),
    (String(message.prefix(20)), "does not begin"),
  ]

  @Test(arguments: faults)
  func refusesWhatIsNotExactlyOneMessage(text: String, reason: String) throws {
    #expect(try #require(fault(text)).contains(reason))
  }

  /// Every prefix is refused, so a transfer that broke off is never taken for a document.
  @Test func refusesAMessageCutOffAnywhere() {
    let bytes = Array(Self.message.utf8)
    let whole = bytes.count - 1
    for length in 0..<whole { #expect(ClearSignedText.fault(in: Array(bytes[..<length])) != nil, "\(length) bytes") }
  }
}
