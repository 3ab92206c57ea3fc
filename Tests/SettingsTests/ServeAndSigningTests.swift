import Testing

@testable import Settings

@Suite struct ServeAndSigningTests {
  @Test(arguments: [
    "a b:80", "h:+80", "h:٣", "[x]:1", "[1.2.3.4]:80", "::1:80", ":80", "http://a:80", "h:65536", "h:", "h", "[::1]",
  ])
  func whatIsNoAddressToListenOnIsRefused(text: String) { #expect(ServeSettings.Listen(text) == nil) }

  @Test(arguments: ["0.0.0.0:8080", "[::]:0", "localhost:65535", "[fe80::1%eth0]:80"])
  func anAddressToListenOnReadsAsItIsWritten(text: String) {
    #expect(ServeSettings.Listen(text)?.description == text)
  }

  @Test(arguments: [
    "d2eb44626fddc30b513d5bb71a5d6c4c7db87c81", "0xD2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81",
    "D2EB 4462 6FDD C30B 513D  5BB7 1A5D 6C4C 7DB8 7C81",
  ])
  func fingerprintsAreReadAsProgramsPrintThem(text: String) throws {
    let signing = "[signing]\nkey = \"\(text)\"\n[[source]]"
    #expect(try Parsing.settings(Parsing.good.replacing("[[source]]", with: signing)).signing.key == text)
  }

  private static func serve(_ lines: String) throws -> ServeSettings {
    try Parsing.settings(Parsing.good.replacing("[[source]]", with: "[serve]\n\(lines)\n[[source]]")).serve
  }

  @Test(arguments: [
    ("listen = [\"[::1]:80\", \"a:80\", \"[::1]:80\"]", "[::1]:80 is listed twice"),
    (
      "listen = \"a:80\"\ntls = { certificate = \"/c\", key = \"/k\", listen = [\"b:1\", \"a:80\"] }",
      "a:80 is also in “listen”, without TLS"
    ),
    ("tls = { certificate = \"/c\", key = \"/k\", listen = \"0.0.0.0:8080\" }", "0.0.0.0:8080 is also in “listen”"),
  ]) func anAddressIsListenedOnOnce(lines: String, text: String) throws {
    let error = #expect(throws: SettingsError.self) { try Self.serve(lines) }
    #expect("\(try #require(error))".contains(text), "\(String(describing: error))")
  }

  @Test func anyPortThatIsFreeCanBeAskedForSeveralTimes() throws {
    #expect(try Self.serve("listen = [\"a:0\", \"a:0\"]").listen.count == 2)
  }

  @Test func theAccessLogIsReadWithItsFile() throws {
    #expect(try Self.serve("").accessLog == .init(format: .combined, file: nil))
    let log = try Self.serve("access_log = \"json\"\naccess_log_file = \"/var/log/a.log\"").accessLog
    #expect(log == .init(format: .json, file: "/var/log/a.log"))
    #expect(try Self.serve("access_log = \"off\"").accessLog.format == .off)
  }

  @Test func theHistoryOfClientsCanBeTurnedOff() throws {
    #expect(try Self.serve("").clientHistory == 90 * 86400)
    #expect(try Self.serve("client_history = \"2 weeks\"").clientHistory == 14 * 86400)
    #expect(try Self.serve("client_history = \"off\"").clientHistory == 0)
    #expect(try Self.serve("client_history = 0").clientHistory == 0)
    #expect(throws: SettingsError.self) { try Self.serve("client_history = \"no\"") }
  }

  @Test func everyLimitIsRead() throws {
    #expect(try Self.serve("").limits == .init())
    let limits = try Self.serve(
      """
      max_connections = 100
      max_connections_per_address = 10
      header_timeout = "5 s"
      idle_timeout = "1 min"
      min_rate = 0
      rate_limit = "1 GB/s"
      client_rate_limit = "100 MB/s"
      """
    ).limits
    #expect((limits.connections, limits.connectionsPerAddress) == (100, 10))
    #expect((limits.headerTimeout, limits.idleTimeout, limits.minRate) == (5, 60, 0))
    #expect((limits.rate, limits.clientRate) == (1_000_000_000, 100_000_000))
  }
}
