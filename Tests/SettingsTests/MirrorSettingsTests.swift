import Testing

@testable import Settings

@Suite struct MirrorSettingsTests {
  @Test func whatIsNotSaidHasADefault() throws {
    let settings = try Parsing.settings(Parsing.good)
    #expect(settings.data == "/srv/mirror")
    #expect(settings.serve == ServeSettings(listen: [.init(host: "0.0.0.0", port: 8080)], grace: 604_800, drain: 30))
    #expect(settings.sync.connections == 8)
    #expect(settings.sync.minFree == 1_000_000_000)
    #expect(settings.cleanup == CleanupSettings())
    #expect(settings.signing == SigningSettings(home: nil, key: nil))
    let source = try #require(settings.sources.first)
    #expect((source.name, source.keep, source.bootloaders, source.unsigned) == ("stable", 2, true, false))
    #expect(source.retention == RetentionSettings(snapshots: 2, days: 0))
    #expect(source.limits == UpstreamLimits(maxRemoval: 50, maxAge: 604_800))
    #expect(source.select.isEmpty)
    #expect(
      settings.publications == [
        .init(path: "ephemeral-v3/stable", sources: ["stable"], signed: .local, line: 6)
      ])
  }

  @Test func everyKeyIsRead() throws {
    let settings = try Parsing.settings(
      """
      data = "/srv/mirror"
      [serve]
      listen = ["127.0.0.1:80", "[::]:8080"]
      grace = "2 days"
      drain = 5
      [sync]
      connections = 4
      rate_limit = "50 MB/s"
      proxy = "http://proxy:3128"
      min_free = "10 GB"
      stall = "1 min"
      retries = 0
      min_rate = "2 kB/s"
      allow_redirects_to = ["*.example.com"]
      private_redirects = true
      ca = "/etc/ca.pem"
      [gc]
      automatic = false
      max_removal = "25 %"
      keep_states = 5
      keep_leftovers = "1 day"
      [signing]
      home = "/srv/gnupg"
      key = "D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81"
      [[source]]
      name = "stable"
      url = "https://images.example.com/stable/"
      unsigned = true
      keep = 3
      keep_snapshots = 4
      keep_days = 30
      max_removal = "10 %"
      max_age = 0
      bootloaders = false
      allow_expired_keys = true
      [[source.select]]
      os = "ubuntu"
      arch = ["amd64", "arm64"]
      [[source.select]]
      os = ["centos"]
      [[publication]]
      path = "stable/"
      sources = "stable"
      signed = "local"
      """)
    let listen = [ServeSettings.Listen(host: "127.0.0.1", port: 80), .init(host: "::", port: 8080)]
    #expect(settings.serve == ServeSettings(listen: listen, grace: 172_800, drain: 5))
    #expect(
      (settings.sync.connections, settings.sync.rateLimit, settings.sync.minFree) == (4, 50_000_000, 10_000_000_000))
    #expect((settings.sync.stall, settings.sync.retries, settings.sync.ca) == (60, 0, "/etc/ca.pem"))
    #expect((settings.sync.minRate, settings.sync.privateRedirects) == (2000, true))
    #expect(settings.sync.allowRedirectsTo == ["*.example.com"])
    #expect(settings.sync.proxy?.unredacted == "http://proxy:3128")
    #expect(!settings.sync.allowExpiredKeys)
    let cleanup = settings.cleanup
    #expect(!cleanup.automatic && cleanup.maxRemoval == 25 && cleanup.keepStates == 5 && cleanup.keepLeftovers == 86400)
    #expect(settings.signing.home == "/srv/gnupg")
    let source = try #require(settings.sources.first)
    #expect((source.keep, source.bootloaders, source.unsigned, source.keyring) == (3, false, true, nil))
    #expect(source.retention == RetentionSettings(snapshots: 4, days: 30))
    #expect(source.limits == UpstreamLimits(maxRemoval: 10, maxAge: 0))
    #expect(source.sync.allowExpiredKeys)
    #expect(source.sync.connections == 4)
    #expect(
      source.select == [
        .init(conditions: [
          .init(attribute: "os", globs: ["ubuntu"]), .init(attribute: "arch", globs: ["amd64", "arm64"]),
        ]),
        .init(conditions: [.init(attribute: "os", globs: ["centos"])]),
      ])
    #expect(settings.publications.map(\.signed) == [.local])
    #expect(settings.publications.map(\.path) == ["stable"])
  }

  @Test func aSourceMayHaveSeveralAddresses() throws {
    let one = try #require(try Parsing.settings(Parsing.good).sources.first)
    #expect(one.urls.map(\.unredacted) == ["https://images.example.com/stable/"])
    let text = Parsing.good.replacing(
      "url = \"https://images.example.com/stable/\"", with: "urls = [\"https://b/\", \"http://me:pw@a/x/\"]")
    let several = try #require(try Parsing.settings(text).sources.first)
    #expect(several.urls.map(\.unredacted) == ["https://b/", "http://me:pw@a/x/"])
  }

  @Test func aCarriedSourceHasNoAddress() throws {
    let text = Parsing.good.replacing("url = \"https://images.example.com/stable/\"", with: "carried = true")
    let source = try #require(try Parsing.settings(text).sources.first)
    #expect(source.isCarried && source.urls.isEmpty)
    #expect(try Parsing.settings(Parsing.good).sources.first?.isCarried == false)
  }

  @Test func relativePathsAreMeantFromTheFile() throws {
    let text = Parsing.good.replacing("/srv/mirror", with: "data").replacing("/usr/share/keyrings/a.gpg", with: "a.gpg")
    let settings = try MirrorSettings.parse(text, file: "/etc/maas-mirror/mirror.conf", checkFiles: false)
    #expect(settings.data == "/etc/maas-mirror/data")
    #expect(settings.sources.map(\.keyring) == ["/etc/maas-mirror/a.gpg"])
  }
}
