import Testing

@testable import Transfer

@Suite struct RedactionTests {
  @Test func takesOutKnownSecretsEncodedAndDecoded() throws {
    let redaction = Redaction([try RemoteURL("https://jane:p%40ss@a.example/?sig=abc%2Fdef")])
    #expect(redaction.scrub("login jane p@ss failed for p%40ss, abc/def") == "login *** *** failed for ***, ***")
  }

  @Test func takesCredentialsOutOfEveryAddressInAMessage() {
    let text = Redaction([]).scrub("Could not follow to https://u:p@b.example/x?token=1 now")
    #expect(text == "Could not follow to https://***@b.example/x?*** now")
  }

  @Test func takesOutWhatWouldWriteOnATerminal() {
    #expect(Redaction([]).scrub("bad \u{1B}[31m\u{07}reply\u{202E}") == "bad [31m reply")
  }

  @Test func everyErrorDescribesItselfWithTheRedactedAddress() throws {
    let url = try RemoteURL("https://jane:s3cret@a.example/x?key=hidden")
    let errors: [TransferError] = [
      .unresolved(url), .unconnected(url, detail: "d"), .handshakeFailed(url, detail: "d"),
      .untrustedCertificate(url, detail: "d"), .proxyFailed(url, detail: "d"), .proxyRefused(url, code: 407),
      .connectTimeout(url, seconds: 1), .stalled(url, seconds: 1), .overdue(url, seconds: 1),
      .interrupted(url, detail: "d"),
      .truncated(url, received: 1, expected: 2), .status(url, code: 503, retryAfter: 4), .tooLong(url, limit: 1),
      .wrongLength(url, expected: 1, actual: 2), .rangeRefused(url, at: 1), .wrongRange(url, asked: 1, answered: 2),
      .redirectRefused(url, target: "t", .insecure), .tooManyRedirects(url, limit: 1),
      .unexpectedEncoding(url, encoding: "br"),
      .malformed(url, detail: "d"),
    ]
    for error in errors {
      #expect(error.description.hasPrefix("https://***@a.example/x?key=***: "))
      #expect(!"\(error) \(String(reflecting: error))".contains("s3cret"))
    }
    #expect(errors.map(\.isUnreachable) == errors.indices.map { $0 < 12 })
    #expect(!TransferError.status(url, code: 404, retryAfter: nil).isUnreachable)
  }
}
