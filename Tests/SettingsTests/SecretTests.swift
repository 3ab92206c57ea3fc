import Testing

@testable import Settings

/// A URL may carry a password; logs, messages and terminals never do.
@Suite struct SecretTests {
  @Test(arguments: [
    ("https://me:secret@host/a", "https://***@host/a"),
    ("https://secret@host:8443/a?b=secret", "https://***@host:8443/a?***"),
    ("https://[fe80::1]:80/", "https://[fe80::1]:80/"),
    ("HTTPS://me:secret@host/a", "HTTPS://***@host/a"),
    ("https://host/a@b", "https://host/a@b"),
    ("https://host?user@secret", "https://host?***"),
  ])
  func anAddressDoesNotShowItsPassword(text: String, shown: String) throws {
    let address = try Address(text)
    #expect(address.description == shown)
    #expect("\(address)" == shown)
    #expect(String(reflecting: address) == shown)
    #expect(address.unredacted == text)
  }

  @Test(arguments: [
    "https//me:secret@host/", "me:secret@host", "https://me:sec ret@host/", "https://me:secret#@host/",
    "https://me:secret@", "https://me:secret@:80/", "https://me:sec@secret@host/", "https://me:sec/secret@host/",
    "https://me:secret@host:99999/", "https://me:secret@host\\\\a", "https://me:secret@höst/",
    "https://me:secret@[::1/",
  ])
  func aRefusedAddressIsNotRepeated(text: String) {
    for file in [
      Parsing.good.replacing("https://images.example.com/stable/", with: text),
      Parsing.good.replacing("[[source]]", with: "[sync]\nproxy = \"\(text)\"\n[[source]]"),
      Parsing.good.replacing(
        "url = \"https://images.example.com/stable/\"", with: "urls = [\"https://a/\", \"\(text)\"]"),
    ] {
      let problems = Parsing.problems(file)
      #expect(problems.count == 1)
      #expect(!"\(problems)".contains("secret") && !"\(problems)".contains("sec ret"), "\(problems)")
    }
  }

  @Test func settingsWithAPasswordCanBePrinted() throws {
    let settings = try Parsing.settings(Parsing.good.replacing("https://", with: "https://me:secret@"))
    #expect(!"\(settings)".contains("secret"))
    var dumped = ""
    dump(settings, to: &dumped)
    #expect(!dumped.contains("secret"))
  }

  /// People put an address where a name or a file belongs.
  @Test(arguments: [
    ("\"stable\"\nurl", "\"https://me:secret@host/a?secret\"\nurl"), ("[\"stable\"]", "[\"me:secret@host\"]"),
    ("ephemeral-v3/stable", "https://me:secret@host/"), ("keyring =", "\"http://me:secret@host\" = 1\nkeyring ="),
    ("keyring =", "select = [{ \"http://me:secret@host\" = 1 }]\nkeyring ="),
    ("sources =", "signed = \"https://me:sec secret@host\"\nsources ="),
    ("[[source]]", "[serve]\nlisten = \"http://me:secret@host:80/\"\n[[source]]"),
    ("[[source]]", "[sync]\nmin_free = \"http://host/?secret\"\n[[source]]"),
    ("[[source]]", "[sync]\nproxy = http://me:secret@host\n[[source]]"),
    ("https://images", "https://me:secret@host\nhttps://images"),
  ])
  func anAddressInAWrongPlaceDoesNotShowItsPassword(old: String, new: String) {
    let problems = Parsing.problems(Parsing.good.replacing(old, with: new, maxReplacements: 1))
    #expect(!problems.isEmpty)
    #expect(!"\(problems)".contains("secret"), "\(problems)")
  }

  @Test func aKeyringThatIsAnAddressDoesNotShowItsPassword() throws {
    let text = Parsing.good.replacing("/usr/share/keyrings/a.gpg", with: "https://me:secret@host/a.gpg")
    let error = try #require(
      #expect(throws: SettingsError.self) { try MirrorSettings.parse(text, file: "mirror.conf", checkFiles: true) })
    #expect(error.problems.map(\.line) == [5])
    #expect(!error.description.contains("secret"))
  }

  @Test func whatIsQuotedCannotWriteOnATerminal() {
    #expect(Quote.text("a\u{1B}[2Jb\n") == "“a\u{FFFD}[2Jb\u{FFFD}”")
    #expect(Quote.text("/srv/a@b.gpg") == "“/srv/a@b.gpg”")
    #expect(Quote.safe(String(repeating: "x", count: 300)).count == 201)
  }
}
