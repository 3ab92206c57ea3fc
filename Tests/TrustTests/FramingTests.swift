import Testing

@testable import Trust

@Suite struct FramingTests {
  private static let packets: [([UInt8], [UInt8]?)] = [
    ([], []),
    ([0x88, 0x01, 0xFF], [2]),
    ([0x89, 0x00, 0x01, 0xFF], [2]),
    ([0x8A, 0x00, 0x00, 0x00, 0x01, 0xFF], [2]),
    ([0xC2, 0x00, 0xC6, 0x01, 0xFF], [2, 6]),
    ([0xC2, 0xFF, 0x00, 0x00, 0x00, 0x01, 0xFF], [2]),
    ([0xC2, 0xC0, 0x00] + [UInt8](repeating: 0, count: 192), [2]),
    // Cut off in the frame and in the body; of open and of partial length; no packet at all.
    ([0x88], nil),
    ([0x89, 0x00], nil),
    ([0xC2, 0x05, 0x00], nil),
    ([0xC2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], nil),
    ([0x8B, 0x01, 0x02], nil),
    ([0xC2, 0xE0, 0x00], nil),
    ([0xC2, 0x00, 0x41], nil),
  ]

  @Test(arguments: packets)
  func readsThePacketsKinds(bytes: [UInt8], tags: [UInt8]?) { #expect(PacketTags.read(bytes) == tags) }

  @Test(arguments: [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")])
  func decodesBase64(text: String, decoded: String) {
    #expect(Base64.decode(Array(text.utf8)) == Array(decoded.utf8))
  }

  @Test(arguments: ["Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9 ", "Zm9\n", "Zm-_", "Zé=="])
  func refusesWhatIsNotBase64(text: String) { #expect(Base64.decode(Array(text.utf8)) == nil) }

  private static let lines = ["Version: GnuPG v1", "", "Zm9v", "YmFy", "=abcd"]

  @Test func readsABlocksData() {
    #expect(Armour.data(of: Self.lines.map { Array($0.utf8)[...] }) == Array("foobar".utf8))
  }

  /// What gpg skips in a block, another reader may take for content.
  @Test(arguments: [
    ["Zm9v"], ["Version", "", "Zm9v"], ["", "Zm9v", "=abcd", "YmFy"], ["", "Zm9v", "=abcde"],
    ["", "Zm9v", "Key: value"],
    [],
  ])
  func refusesABlockThatCanBeReadInTwoWays(lines: [String]) {
    #expect(Armour.data(of: lines.map { Array($0.utf8)[...] }) == nil)
  }
}

@Suite struct SignableTextTests {
  private static let longest = String(repeating: "x", count: SignableText.longestLine)

  @Test(arguments: ["{}\n", "\n", "{\n \"a\": 1\n}\n\n", "- dash\nFrom\n", "é\u{2028}\n", longest + "\n"])
  func acceptsWhatComesBackAsItWas(text: String) throws { #expect(try SignableText.fault(in: Array(text.utf8)) == nil) }

  @Test(arguments: ["", "{}", "{} \n", "{}\t\n", "{}\r\n", "{}\0\n", "{ \n}\n", longest + "x\n"])
  func refusesWhatSigningWouldChange(text: String) throws {
    #expect(try SignableText.fault(in: Array(text.utf8)) != nil)
  }

  /// It is looked at in pieces of 64 KiB.
  @Test(arguments: (65_534...65_538).map { $0 })
  func aLineMayEndWhereAPieceDoes(length: Int) throws {
    let lines = repeatElement(Array("\"path\": 1,\n".utf8), count: 6000).joined().prefix(length - 2)
    for (end, isFit) in [("x\n", true), (" \n", false), ("xx", false)] {
      let text = Array(lines) + Array(end.utf8)
      #expect(try (SignableText.fault(in: text) == nil) == isFit)
      #expect(try (SignableText.fault(in: text + Array("{}\n".utf8)) == nil) == (end != " \n"))
    }
  }
}
