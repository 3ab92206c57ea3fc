import Testing

@testable import Settings

@Suite struct KeyLinesTests {
  @Test func tablesAndArraysOfTables() {
    let lines = KeyLines.locate(
      in: """
        # a comment with [brackets] and = signs
        a = 1

        [serve]   # why
        listen = "x"
        [[source]]
        name = "one"
        [[source.select]]
        os = "ubuntu"
        [[source.select]]
        os = "centos"
        [[source]]
        name = "two"
          [[source.select]]
          os = "x"
        """)
    #expect(
      lines == [
        "a": 2, "serve": 4, "serve.listen": 5, "source": 6, "source[0]": 6, "source[0].name": 7,
        "source[0].select": 8, "source[0].select[0]": 8, "source[0].select[0].os": 9, "source[0].select[1]": 10,
        "source[0].select[1].os": 11, "source[1]": 12, "source[1].name": 13, "source[1].select": 14,
        "source[1].select[0]": 14, "source[1].select[0].os": 15,
      ])
  }

  @Test func stringsOverSeveralLinesHideWhatLooksLikeKeys() {
    let lines = KeyLines.locate(
      in: #"""
        a = """
        [not.a.table]
        b = 1 \"""
        """
        c = '''
        d = 2
        '''
        e = "a \" [x] # no comment"
        f = 'a \'
        g = 3 # h = 4
        i = ""
        j = 5
        """#)
    #expect(lines == ["a": 1, "c": 5, "e": 8, "f": 9, "g": 10, "i": 11, "j": 12])
  }

  @Test func arraysOverSeveralLines() {
    let lines = KeyLines.locate(
      in: """
        a = [
          "x", # [comment]
          "y]",
          [ 1,
            2 ],
        ]
        b = 1
        """)
    #expect(
      lines == ["a": 1, "a[0]": 2, "a[1]": 3, "a[2]": 4, "a[2][0]": 4, "a[2][1]": 5, "b": 7])
  }

  @Test func inlineTables() {
    let lines = KeyLines.locate(
      in: """
        tls = { certificate = "a", key = { b.c = 1 } }
        select = [
          { os = "ubuntu" },
          { os = ["a",
            "b"] }]
        end = true
        """)
    #expect(
      lines == [
        "tls": 1, "tls.certificate": 1, "tls.key": 1, "tls.key.b": 1, "tls.key.b.c": 1, "select": 2, "select[0]": 3,
        "select[0].os": 3, "select[1]": 4, "select[1].os": 4, "select[1].os[0]": 4, "select[1].os[1]": 5, "end": 6,
      ])
  }

  @Test func dottedAndQuotedKeys() {
    let lines = KeyLines.locate(
      in: """
        serve.grace = 1
        "a b" = 2
        'c' . d = 3
        ["e"."f"]
        g = 4
        """)
    #expect(lines["serve.grace"] == 1)
    #expect(lines["a b"] == 2)
    #expect(lines["c.d"] == 3)
    #expect(lines["e.f"] == 4)
    #expect(lines["e.f.g"] == 5)
  }

  @Test func whatHoldsAKeyHasTheLineWhereItIsFirstNamed() {
    let lines = KeyLines.locate(in: "srve.a = 1\nsrve.b = 2\n[x.y]\n[[sorce]]\n[[sorce]]\n")
    #expect(
      lines == ["srve": 1, "srve.a": 1, "srve.b": 2, "x": 3, "x.y": 3, "sorce": 4, "sorce[0]": 4, "sorce[1]": 5])
  }

  @Test func aQuotedKeyWithADotIsNoTable() {
    let lines = KeyLines.locate(in: "\"serve.x\" = 1\n[serve]\nx = 1\n")
    #expect(lines == ["\"serve.x\"": 1, "serve": 2, "serve.x": 3])
  }

  @Test func aLineThatAStringContinuesIsCounted() {
    #expect(KeyLines.locate(in: "a = \"\"\"x\\\n  y\\\r\n z\"\"\"\nb = 1\n") == ["a": 1, "b": 4])
  }

  @Test(arguments: [
    "\"\"\"x\"\"\"\"", "\"\"\"x\"\"\"\"\"", "'''x''''", "'''x'''''", "\"\"\"x\"\"y\"\"\"", "''''''",
  ])
  func quotesMayStandBeforeTheEndOfALongString(value: String) {
    #expect(KeyLines.locate(in: "a = \(value)\nb = 1\n[c]\n") == ["a": 1, "b": 2, "c": 3])
  }

  @Test func aByteOrderMarkIsNoPartOfTheFirstKey() {
    #expect(KeyLines.locate(in: "\u{FEFF}a = 1\nb = 2\n") == ["a": 1, "b": 2])
  }

  @Test func linesThatEndAsWindowsWritesThem() {
    #expect(KeyLines.locate(in: "a = 1\r\n\r\n[b]\r\nc = \"x\"\r\n") == ["a": 1, "b": 3, "b.c": 4])
  }

  /// It runs on text that the parser accepted; whatever it is given, it ends.
  @Test(arguments: [
    "", "=", "[", "[[", "]", "a", "a =", "a = [", "a = {", "a = \"", "a = \"\"\"", "a = {]}", "\\", "a.=.", "\"",
    "\"\\",
    "a = '''", "a = \"\"\"\\", "[[[", "a = [[[", "{", "}", "'",
  ])
  func endsOnAnyText(text: String) { #expect(KeyLines.locate(in: text).count < 10) }
}
