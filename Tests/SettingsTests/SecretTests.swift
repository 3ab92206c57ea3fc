import Testing

@testable import Settings

/// A URL may carry a password; logs, messages and terminals never do.
@Suite struct SecretTests {
  @Test(arguments: [
    ("https://me:secret@host/a", "https://***@host/a"),
    ("https://secret@host:8443/a?b=c", "https://***@host:8443/a?b=c"),
    ("http://me:sec@ret@host", "http://***@host"),
    ("HTTPS://me:secret@host/a", "HTTPS://***@host/a"),
    ("https://host/a@b", "https://host/a@b"),
    ("https://host?user@secret", "https://host?user@secret"),
  ])
  func anAddressDoesNotShowItsPassword(text: String, shown: String) throws {
    let address = try Address(text)
    #expect(address.description == shown)
    #expect("\(address)" == shown)
    #expect(address.unredacted == text)
  }

  @Test(arguments: [
    "https//me:secret@host/", "me:secret@host", "https://me:sec ret@host/", "https://me:secret#@host/",
    "https://me:secret@", "https://me:secret@:80/",
  ])
  func aRefusedAddressIsNotRepeated(text: String) {
    for file in [
      Parsing.good.replacing("https://images.example.com/stable/", with: text),
      Parsing.good.replacing("[[source]]", with: "[sync]\nproxy = \"\(text)\"\n[[source]]"),
    ] {
      let problems = Parsing.problems(file)
      #expect(problems.count == 1)
      #expect(!"\(problems)".contains("secret") && !"\(problems)".contains("sec ret"), "\(problems)")
    }
  }

  @Test func settingsWithAPasswordCanBePrinted() throws {
    let settings = try Parsing.settings(Parsing.good.replacing("https://", with: "https://me:secret@"))
    #expect(!"\(settings.sources.map(\.url))".contains("secret"))
  }
}
