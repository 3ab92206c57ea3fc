import Testing

@testable import Settings

/// Every mistake has its line, says what is wrong, and what to do.
@Suite struct ProblemTests {
  /// A change to the good file, and the line and words of the one problem that it makes.
  struct Mistake: Sendable, CustomTestStringConvertible {
    var old: String
    var new: String
    var line: Int?
    var words: String
    var testDescription: String { words }

    init(_ old: String, _ new: String, _ line: Int?, _ words: String) {
      (self.old, self.new, self.line, self.words) = (old, new, line, words)
    }
  }

  private static let mistakes = [
    Mistake("data = \"/srv/mirror\"", "", nil, "“data” is missing in the file"),
    Mistake("\"/srv/mirror\"", "5", 1, "“data” is a number"),
    Mistake("\"/srv/mirror\"", "1.5", 1, "“data” is a "),
    Mistake("\"/srv/mirror\"", "true", 1, "“data” is true or false"),
    Mistake("url = \"https://images.example.com/stable/\"", "", 2, "“url” is missing in [[source]]"),
    Mistake("keyring =", "carried = true\nkeyring =", 5, "does not come in bundles alone"),
    Mistake("url = \"https://images.example.com/stable/\"", "carried = false", 2, "“url” is missing in [[source]]"),
    Mistake("url = \"https://images.example.com/stable/\"", "carried = \"yes\"", 4, "“carried” is a string"),
    Mistake(
      "url = \"https://images.example.com/stable/\"", "carried = true\nproxy = \"http://proxy.example.com/\"", 5,
      "“proxy” is of a network"),
    Mistake(
      "url = \"https://images.example.com/stable/\"", "carried = true\nprivate_redirects = false", 5,
      "“private_redirects” is of a network"),
    Mistake("keyring =", "urls = [\"https://b/\"]\nkeyring =", 5, "“url” and “urls” are both given"),
    Mistake("url = \"https://images.example.com/stable/\"", "urls = []", 4, "“urls” is empty"),
    Mistake("url = \"https://images.example.com/stable/\"", "urls = 3", 4, "“urls” is a number"),
    Mistake(
      "url = \"https://images.example.com/stable/\"", "urls = [\n\"https://a/\",\n\"ftp://b/\"]", 6,
      "address 2 of “urls” is not an http or https address"),
    Mistake(
      "url = \"https://images.example.com/stable/\"", "urls = [\n\"https://a/\",\n7]", 6, "“urls” has a number among"),
    Mistake(
      "url = \"https://images.example.com/stable/\"", "urls = [\"https://a/\",\n\"https://a/\"]", 5,
      "the addresses 1 and 2 of “urls” are the same"),
    Mistake("https://images.example.com", "ftp://images.example.com", 4, "not an http or https address"),
    Mistake("https://images.example.com", "https:///", 4, "names no host"),
    Mistake("https://images.example.com", "https://images example", 4, "has a blank"),
    Mistake("https://images.example.com", "https://images.example.com:99999", 4, "has a port"),
    Mistake("https://images.example.com", "https://a@b@images.example.com", 4, "has two “@”"),
    Mistake(".com/stable/", ".com/stable/#top", 4, "has a “#”"),
    Mistake("https://images.example.com/stable/", "", 4, "“url” is empty"),
    Mistake("/usr/share/keyrings/a.gpg", "", 5, "“keyring” is empty"),
    Mistake("\"/srv/mirror\"", "\"\"", 1, "“data” is empty"),
    Mistake("/srv/mirror", "~/mirror", 1, "“data” ~/mirror begins with ~"),
    Mistake("/usr/share/keyrings/a.gpg", "~/a.gpg", 5, "“keyring” ~/a.gpg begins with ~"),
    Mistake("/srv/mirror", "/srv\\u0001mirror", 1, "“data” has a control character"),
    Mistake("keyring = \"/usr/share/keyrings/a.gpg\"", "", 2, "“keyring” is missing in [[source]]"),
    Mistake("keyring =", "unsigned = true\nkeyring =", 5, "cannot be unsigned"),
    Mistake("keyring =", "unsigned = \"no\"\nkeyring =", 5, "“unsigned” is a string"),
    Mistake("keyring =", "keep = 0\nkeyring =", 5, "“keep” is 0"),
    Mistake("keyring =", "keep = \"2\"\nkeyring =", 5, "“keep” is a string"),
    Mistake("keyring =", "select = \"noble\"\nkeyring =", 5, "“select” is a string"),
    Mistake("keyring =", "select = [1]\nkeyring =", 5, "“select” has a number in its list"),
    Mistake("keyring =", "select = [{ arch = [] }]\nkeyring =", 5, "“arch” lists no values"),
    Mistake("keyring =", "select = [{ version = [\n\"24.04\",\n24.04] }]\nkeyring =", 7, "among its values"),
    Mistake(
      "keyring = \"/usr/share/keyrings/a.gpg\"\n[[publication]]",
      "unsigned = true\n[[publication]]\nsigned = \"upstream\"", 7, "are not signed, and regions take no others"),
    Mistake("path = \"ephemeral-v3/stable\"", "", 6, "“path” is missing in [[publication]]"),
    Mistake("sources = [\"stable\"]", "", 6, "“sources” is missing in [[publication]]"),
    Mistake("[\"stable\"]", "[]", 8, "“sources” is empty"),
    Mistake("[\"stable\"]", "[\"stabel\"]", 8, "there is no source “stabel”"),
    Mistake("[\"stable\"]", "[\"stable\", \"stable\"]", 8, "named twice"),
    Mistake("ephemeral-v3/stable\"", "\"", 7, "“path” is empty"),
    Mistake("ephemeral-v3/stable", "/stable", 7, "it begins with “/”"),
    Mistake("ephemeral-v3/stable", String(repeating: "a", count: 201), 7, "longer than 200 bytes"),
    Mistake("ephemeral-v3/stable", "/", 7, "it begins with “/”"),
    Mistake("ephemeral-v3/stable", "a//", 7, "empty segment"),
    Mistake("ephemeral-v3/stable", ".data/a", 7, "has a meaning inside a tree"),
    Mistake("ephemeral-v3/stable", "metrics/a", 7, "is taken"),
    Mistake("ephemeral-v3/stable", "a//b", 7, "empty segment"),
    Mistake("ephemeral-v3/stable", "a/../b", 7, "dot segment"),
    Mistake("ephemeral-v3/stable", "a/streams", 7, "has a meaning inside a tree"),
    Mistake("ephemeral-v3/stable", "healthz", 7, "is taken"),
    Mistake("ephemeral-v3/stable", "a b", 7, "are safe in every client"),
    Mistake("sources =", "signed = \"none\"\nsources =", 8, "“signed” is “none”"),
    Mistake("[[source]]", "[serve]\nlisten = \"8080\"\n[[source]]", 3, "not an address to listen on"),
    Mistake("[[source]]", "[serve]\nlisten = []\n[[source]]", 3, "“listen” is empty"),
    Mistake("[[source]]", "[serve]\ngrace = \"soon\"\n[[source]]", 3, "“grace” is “soon”"),
    Mistake("[[source]]", "[serve]\naccess_log = \"yes\"\n[[source]]", 3, "“access_log” is “yes”"),
    Mistake("[[source]]", "[serve]\nrate_limit = \"1 kB/s\"\n[[source]]", 3, "less than 10 kB/s"),
    Mistake("[[source]]", "[serve]\nheader_timeout = 0\n[[source]]", 3, "“header_timeout” is “0”"),
    Mistake("[[source]]", "[serve]\nmax_connections = -1\n[[source]]", 3, "“max_connections” is -1"),
    Mistake("[[source]]", "[serve]\ntls = { key = \"k\" }\n[[source]]", 3, "“certificate” is missing"),
    Mistake("[[source]]", "[serve]\ntls = { certificate = \"c\" }\n[[source]]", 3, "“key” is missing"),
    Mistake(
      "[[source]]", "[serve.tls]\ncertificate = \"c\"\nkey = \"k\"\nlisten = \"8443\"\n[[source]]", 5, "not an address"),
    Mistake("[[source]]", "[serve]\ntls = true\n[[source]]", 3, "“tls” is true or false"),
    Mistake("[[source]]", "[sync]\nconnections = 0\n[[source]]", 3, "“connections” is 0"),
    Mistake("[[source]]", "[sync]\nrate_limit = \"fast\"\n[[source]]", 3, "“rate_limit” is “fast”"),
    Mistake("[[source]]", "[sync]\nmin_free = -1\n[[source]]", 3, "“min_free” is “-1”"),
    Mistake("[[source]]", "[sync]\nmin_free = 1.5\n[[source]]", 3, "“min_free” is a number"),
    Mistake("[[source]]", "[sync]\nconnections = 1.5\n[[source]]", 3, "“connections” is a number"),
    Mistake("[[source]]", "[sync]\nconnections = 65\n[[source]]", 3, "“connections” is 65"),
    Mistake("[[source]]", "[sync]\nca = 2026-01-01\n[[source]]", 3, "“ca” is a date or a time"),
    Mistake("[[source]]", "[sync]\nstall = 0\n[[source]]", 3, "“stall” is “0”"),
    Mistake("[[source]]", "[sync]\nmin_rate = \"slow\"\n[[source]]", 3, "“min_rate” is “slow”"),
    Mistake("[[source]]", "[sync]\nprivate_redirects = 1\n[[source]]", 3, "“private_redirects” is a number"),
    Mistake(
      "[[source]]", "[sync]\nallow_redirects_to = [\"a\",\n\"https://b\"]\n[[source]]", 4,
      "“https://b” is not the name of a host"),
    Mistake("keyring =", "connections = 0\nkeyring =", 5, "“connections” is 0"),
    Mistake("keyring =", "select = [{ release = 24.04 }]\nkeyring =", 5, "“release” is a number"),
    Mistake("keyring =", "select = [{ arch = true }]\nkeyring =", 5, "“arch” is true or false"),
    Mistake("[[source]]", "[signing]\nkey = \"1A5D6C4C\"\n[[source]]", 3, "not a key's fingerprint"),
    Mistake("[[source]]", "sync = 3\n[[source]]", 2, "“sync” is a number"),
  ]

  @Test(arguments: mistakes)
  func aMistakeIsReportedOnceAndInItsLine(mistake: Mistake) throws {
    let problems = Parsing.problems(Parsing.good.replacing(mistake.old, with: mistake.new, maxReplacements: 1))
    let problem = try #require(problems.first)
    #expect(problems.count == 1, "\(problems)")
    #expect(problem.line == mistake.line)
    #expect(problem.what.contains(mistake.words), "\(problem)")
    #expect(!problem.remedy.isEmpty)
  }

  @Test func aSourceNeedsAPlainName() {
    let nameless = Parsing.problems(Parsing.good.replacing("name = \"stable\"", with: ""))
    #expect(nameless.map(\.line) == [2, 8])
    #expect(nameless.map(\.what) == ["“name” is missing in [[source]]", "there is no source “stable”"])
    let loud = Parsing.problems(Parsing.good.replacing("\"stable\"", with: "\"Stable\""))
    #expect(loud.map(\.line) == [3])
    #expect(loud.map(\.what) == ["“Stable” is not a name for a source"])
  }

  /// Each would end the program in the middle of the parser.
  @Test(arguments: [
    "[%erve]", "[[%]]", "[ =a]", "[.a]", "[\n[source]]", "[\u{0}]", "[é]", "[ [%] ]", "a = [\n1 # [\n]\n[%]",
  ])
  func aHeaderThatCannotBeOneIsToldInItsLine(header: String) throws {
    let problems = Parsing.problems("data = \"/srv\"\n\(header)\n")
    #expect(problems.map(\.line) == [header.hasPrefix("a") ? 5 : 2], "\(problems)")
  }

  @Test(arguments: ["a = \"\"\"\n[%]\n\"\"\"", "a = '''\n[%]\n'''", "a = [\n[1],\n# [%]\n]", "a = { b = '[%]' }"])
  func whatLooksLikeAHeaderInAValueIsNone(text: String) {
    #expect(ParserTraps.first(in: text) == nil)
  }

  /// So would these.
  @Test(arguments: [("a = [}", 2), ("a = [\n  \"x\", # [\n  }\n", 4), ("a = { b = [ }, 1 ] }", 2), ("a = [[1], }", 2)])
  func aListThatABraceClosesIsToldInItsLine(text: String, line: Int) {
    let problems = Parsing.problems("data = \"/srv\"\n\(text)\n")
    #expect(problems.map(\.line) == [line])
    #expect(problems.first?.what.contains("ends with “}”") == true, "\(problems)")
  }

  @Test(arguments: ["a = [{ b = [1] }, \"}\"]", "a = [ # }\n1]", "a = '[}'", "\"[}\" = 1", "a.\"[\" = { b = \"}\" }"])
  func whatLooksLikeABrokenListIsNone(text: String) {
    #expect(ParserTraps.first(in: text) == nil)
  }

  /// The headers that people get wrong most.
  @Test(arguments: [
    ("[[source]]", "[source]", 2, "[[source]]"), ("[[source]]", "[[sorce]]\n[[source]]", 2, "“source”"),
    ("[[source]]", "[[source]]\nselect = { os = \"ubuntu\" }", 3, "[[source.select]]"),
    ("[[publication]]", "[source.select]\nos = \"x\"\n[[publication]]", 6, "[[source.select]]"),
    ("[[publication]]", "[publications]\n[[publication]]", 6, "“publication”"),
    ("[[source]]", "srve.grace = 5\n[[source]]", 2, "“serve”"),
  ])
  func aWrongHeaderHasItsLineAndTheRightOneAsRemedy(old: String, new: String, line: Int, remedy: String) {
    let problems = Parsing.problems(Parsing.good.replacing(old, with: new))
    #expect(problems.map(\.line) == [line], "\(problems)")
    #expect(problems.allSatisfy { $0.remedy.contains(remedy) }, "\(problems)")
  }

  @Test func aSourceWithAFaultStillTakesItsName() {
    let twin = "[[source]]\nname = \"stable\"\nurl = \"ftp://b/\"\nunsigned = true\n"
    #expect(Parsing.problems(Parsing.good + twin).map(\.line) == [10, 11])
  }

  @Test func namesOfSourcesAreUsedOnce() throws {
    let twin = "[[source]]\nname = \"stable\"\nurl = \"http://b/\"\nunsigned = true\n"
    let problems = Parsing.problems(Parsing.good + twin)
    #expect(problems.map(\.line) == [10])
    #expect(problems.first?.what == "the source name “stable” is used twice (first in line 2)")
  }

  @Test(arguments: [("ephemeral-v3/stable", "already published"), ("ephemeral-v3", "in one another")])
  func publicationsLieSideBySide(path: String, words: String) throws {
    let problems = Parsing.problems(Parsing.good + "[[publication]]\npath = \"\(path)\"\nsources = \"stable\"\n")
    #expect(problems.map(\.line) == [10])
    #expect(try #require(problems.first).what.contains(words))
    #expect(try #require(problems.first).what.contains("line 6"))
  }

  @Test func upstreamsSignedDocumentsAreNotJoined() {
    let other = "[[source]]\nname = \"b\"\nurl = \"http://b/\"\nunsigned = true\n"
    let text = other + Parsing.good.replacing("[\"stable\"]", with: "[\"stable\", \"b\"]\nsigned = \"upstream\"")
    let moved = "data = \"/srv/mirror\"\n" + text.replacing("data = \"/srv/mirror\"\n", with: "")
    #expect(Parsing.problems(moved).map(\.line) == [13])
  }
}
