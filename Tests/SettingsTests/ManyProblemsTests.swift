import Testing

@testable import Settings

@Suite struct ManyProblemsTests {
  @Test func manyProblemsInOneFileAreAllReportedInTheOrderOfTheirLines() {
    let problems = Parsing.problems(
      """
      dta = "/srv/mirror"
      [serve]
      listen = ["nowhere", 5]
      grace = false
      [sync]
      conections = 4
      [[source]]
      name = "stable"
      url = "gopher://images.example.com"
      keep = 9999
      kering = "a.gpg"
      [[publication]]
      path = "/stable"
      sources = ["candidate"]
      """)
    #expect(problems.map(\.line) == [nil, 1, 3, 3, 4, 6, 7, 9, 10, 11, 13, 14])
  }

  @Test(arguments: [
    ("dat", "data", 2), ("Signing", "signing", 2), ("publicaton", "publication", 2), ("srve", "serve", 2),
  ])
  func anUnknownKeyIsMetWithAGuess(written: String, meant: String, line: Int) {
    let problems = Parsing.problems("data = \"/srv\"\n\(written) = \"x\"\n")
    #expect(problems.map(\.line) == [line])
    #expect(problems.map(\.what) == ["“\(written)” is not a key that is known here"])
    #expect(problems.map(\.remedy) == ["did you mean “\(meant)”?"])
  }

  @Test func aKeyLikeNoneIsMetWithTheListOfThemAll() {
    let problems = Parsing.problems("data = \"/srv\"\ncolour = \"red\"\n")
    #expect(problems.map(\.remedy) == ["remove it; known are data, gc, publication, serve, signing, source, sync"])
  }

  @Test func aMistypedSourceIsMetWithAGuess() {
    let problems = Parsing.problems(Parsing.good.replacing("[\"stable\"]", with: "[\"stabel\"]"))
    #expect(problems.map(\.remedy) == ["did you mean “stable”?"])
  }

  @Test func tenProblemsAreTenLinesOfText() throws {
    let text =
      Parsing.good
        + """
        signed = "no"
        [[source]]
        name = "Two"
        url = "https://"
        keep = 0
        connections = 100
        rate_limit = "fast"
        select = [{ arch = 1 }]
        ca = ""
        unsigned = true
        keyring = "a.gpg"
        stall = "1 moon"
        """
    let error = try #require(#expect(throws: SettingsError.self) { try Parsing.settings(text) })
    let lines = error.description.split(separator: "\n")
    let places = [9, 11, 12, 13, 14, 15, 16, 17, 18, 20].map { "mirror.conf:\($0):" }
    #expect(lines.map { String($0.prefix { $0 != " " }) } == places)
    #expect(lines.allSatisfy { $0.contains("; ") })
  }

  /// Only the mistake itself: the publication that names the source is right.
  @Test func aSourceWithAFaultIsStillKnownByItsName() {
    let problems = Parsing.problems(Parsing.good.replacing("https://", with: "gopher://"))
    #expect(problems.map(\.line) == [4])
  }

  @Test func aProblemReadsAsCompilersWriteThem() {
    let problem = SettingsError.Problem(file: "mirror.conf", line: 3, what: "“keep” is 0", remedy: "choose a number")
    #expect(problem.description == "mirror.conf:3: “keep” is 0; choose a number")
  }

  @Test(arguments: [
    ("data = ", 1), ("data = \"/srv\"\n\n[[source]\n", 3), ("a = 1\na = 2\n", 2), ("[a]\n[a]\n", 2),
    ("x = \"\u{1}\"", 1),
  ])
  func textThatIsNotTOMLIsRefusedWithItsLine(text: String, line: Int) {
    let problems = Parsing.problems(text)
    #expect(problems.map(\.line) == [line])
    #expect(problems.allSatisfy { $0.what.hasPrefix("not TOML at column ") && !$0.remedy.isEmpty })
  }
}
