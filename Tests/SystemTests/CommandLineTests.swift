import Catalog
import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// The outside surface: arguments, configuration, exit codes.
@Suite struct CommandLineTests {
  @Test func wrongUsageIs64() throws {
    #expect(try ProcessRun.run(Mirror.binary, ["frobnicate"]).code == 64)
    #expect(try ProcessRun.run(Mirror.binary, ["sync", "--nonsense"]).code == 64)
  }

  /// Where there is no terminal to ask it is 80 columns wide: lists keep their lines, and paragraphs have no ragged ends.
  @Test(arguments: [
    [], ["init"], ["list"], ["plan"], ["sync"], ["publish"], ["serve"], ["status"], ["snapshots"], ["verify"], ["gc"],
    ["keys", "create"], ["keys", "export"], ["keys", "import"], ["boot-source"], ["demo"],
  ])
  func helpFitsEightyColumns(command: [String]) throws {
    let help = try ProcessRun.run(Mirror.binary, command + ["--help"]).output
    let overview = try #require(help.firstRange(of: "\nUSAGE:").map { help[..<$0.lowerBound] })
    for block in overview.split(separator: "\n\n").map({ $0.split(separator: "\n") }) {
      if block[0].hasPrefix("EX") {
        #expect(block.dropFirst().allSatisfy { $0.hasPrefix("  ") }, "\(block)")
      } else {
        // The next line's first word would not have fitted.
        for (line, next) in zip(block, block.dropFirst()) {
          let word = next.prefix { $0 != " " }
          #expect(line.count + 1 + word.count > 79, "\(line)")
        }
      }
    }
  }

  @Test func helpShowsExamplesAndExitCodes() throws {
    let run = try ProcessRun.run(Mirror.binary, ["--help"])
    #expect(run.code == 0)
    #expect(run.output.contains("EXAMPLES") && run.output.contains("EXIT CODES"))
    for command in ["init", "list", "plan", "sync", "publish", "serve", "status", "gc", "boot-source", "demo"] {
      #expect(try ProcessRun.run(Mirror.binary, [command, "--help"]).output.contains("EXAMPLES"))
    }
  }

  @Test func everyMistakeInMirrorConfIsToldInOneRun() throws {
    let mirror = try Mirror(
      """
      [sync]
      conections = 8
      [[source]]
      name = "stable"
      url = "ftp://images.maas.io/"
      keyring = "/nowhere/keyring.gpg"
      keep = "two"
      [[publication]]
      path = "stable"
      sources = ["stabel"]
      """)
    let run = try mirror.run("plan")
    #expect(run.code == 78)
    for part in [
      "mirror.conf:3:", "did you mean “connections”?", "mirror.conf:6:", "mirror.conf:7:", "mirror.conf:8:",
      "mirror.conf:11:", "did you mean “stable”?",
    ] {
      #expect(run.errors.contains(part), "\(part) in \(run.errors)")
    }
  }

  /// Also one that can only be seen by reading another file.
  @Test func aKeyringThatIsNoneIsToldWithTheOtherMistakes() throws {
    let mirror = try Mirror("")
    let page = mirror.folder.file("page.gpg")
    try mirror.folder.write("<html>a login page</html>", "page.gpg")
    try mirror.write(
      """
      [[source]]
      name = "stable"
      url = "http://127.0.0.1:1/"
      keyring = "\(page)"
      kep = 2
      """)
    let run = try mirror.run("plan")
    #expect(run.code == 78)
    #expect(run.errors.contains("mirror.conf:5: “keyring” \(page) is no keyring"), "\(run.errors)")
    #expect(run.errors.contains("mirror.conf:6: ") && run.errors.contains("did you mean “keep”?"))
  }

  /// A transfer would tell it, far from the line that is wrong.
  @Test func certificatesThatAreNoneAreToldInTheirLine() throws {
    let mirror = try Mirror("[sync]\nca = \"page.pem\"\n")
    try mirror.folder.write("<html>a login page</html>", "page.pem")
    let run = try mirror.run("plan")
    #expect(run.code == 78)
    #expect(
      run.errors.contains("mirror.conf:3: “ca” \(mirror.folder.file("page.pem")) has no certificate"), "\(run.errors)")
  }

  /// Whoever asks no upstream needs no keyring, least of all the check of every week and an operator who looks.
  @Test func withoutAKeyringOnlyASyncStops() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    let digest = SHA256Digest(hashing: try #require(upstream.file("noble/amd64/20260101/squashfs"))).hex
    try FileManager.default.removeItem(atPath: "\(mirror.data)/blobs/sha256/\(digest.prefix(2))/\(digest)")
    try FileManager.default.removeItem(atPath: upstream.keyring)
    for arguments in [
      ["verify", "--repair"], ["status"], ["snapshots"], ["gc"], ["publish"], ["keys", "show"],
      ["keys", "export", "--output", mirror.folder.file("exported.gpg")], ["boot-source"],
    ] {
      let run = try ProcessRun.run(Mirror.binary, arguments + ["--config", mirror.configuration])
      #expect(run.code == 0, "\(arguments): \(run.errors)")
    }
    for command in ["list", "plan", "sync"] { #expect(try mirror.run(command).code == 78) }
  }

  @Test func namesThatNothingHasAreMistakes() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream)
    #expect(
      try mirror.run("sync", "stable", "stable").output.split(separator: "\n").count { $0.hasPrefix("stable:") } == 1)
    let snapshots = try mirror.run("snapshots", "stabel")
    #expect(snapshots.code == 64 && snapshots.errors.contains("there is: stable"), "\(snapshots.errors)")
    let forgotten = try mirror.run("gc", "--forget", "stabel")
    #expect(forgotten.code == 64 && forgotten.errors.contains("there is: stable"), "\(forgotten.errors)")
    #expect(try mirror.json("snapshots").array?.count == 1)
    let listen = try mirror.run("serve", "--listen", "bogus")
    #expect(listen.code == 64)
    #expect(listen.errors.contains("“bogus” is not an address") && !listen.errors.contains("SUBCOMMANDS"))
  }

  @Test func initDoesNotPretendToChangeWhatIsThere() throws {
    let mirror = try Mirror("")
    let before = FileManager.default.contents(atPath: mirror.configuration)
    for option in ["--from", "--data"] {
      let run = try mirror.run("init", "--no-key", option, "lts-amd64")
      #expect(run.code == 64 && run.errors.contains("is there already, and \(option) would not change it"))
    }
    #expect(FileManager.default.contents(atPath: mirror.configuration) == before)
    #expect(try mirror.run("init", "--no-key").code == 0)
  }

  /// Otherwise the next one, with another --data, would be refused because of what the first wrote.
  @Test func anInitThatFailsLeavesNoConfiguration() throws {
    let folder = try TemporaryFolder()
    try folder.write("", "taken")
    func run(_ data: String) throws -> Int32 {
      try ProcessRun.run(
        Mirror.binary, ["init", "--no-key", "--data", folder.file(data)], folder: folder.path
      ).code
    }
    #expect(try run("taken/data") == 74)
    #expect(!FileManager.default.fileExists(atPath: folder.file("mirror.conf")))
    #expect(try run("data") == 0)
    #expect(FileManager.default.fileExists(atPath: folder.file("mirror.conf")))
  }

  @Test func aSigningHomeThatIsNotThereIsAMistakeInMirrorConf() throws {
    let upstream = try FakeUpstream()
    let mirror = try Mirror("[signing]\nhome = \"/nowhere/gnupg\"\n" + Mirror.source("stable", upstream))
    let run = try mirror.run("sync")
    #expect(
      run.code == 78 && run.errors.contains("mirror.conf:3: “home” /nowhere/gnupg cannot be read"), "\(run.errors)")
  }

  @Test func aFirstSyncThatFailedIsToldOnce() throws {
    let upstream = try FakeUpstream()
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("keys", "create").code == 0)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 69)
    #expect(run.errors.contains("cannot begin: it needs “stable”, whose sync failed"), "\(run.errors)")
    #expect(!run.errors.contains("maas-mirror sync"))
  }

  @Test func whoHasNothingYetIsToldHowToBegin() throws {
    let folder = try TemporaryFolder()
    let missing = try ProcessRun.run(Mirror.binary, ["status"], folder: folder.path)
    // Where the package is installed, there is a configuration.
    if !FileManager.default.fileExists(atPath: "/etc/maas-mirror/mirror.conf") {
      #expect(missing.code == 78)
      #expect(missing.errors.contains("mirror.conf: there is no such file; run “maas-mirror init”"))
    }
    try folder.write("data = \"./data\"\n", "mirror.conf")
    for command in ["gc", "verify"] {
      let run = try ProcessRun.run(Mirror.binary, [command], folder: folder.path)
      #expect(run.code == 74 && run.errors.contains("there is no mirror in \(folder.path)/data yet"), "\(run.errors)")
    }
    let snapshots = folder.file("data/snapshots")
    try FileManager.default.createDirectory(atPath: snapshots, withIntermediateDirectories: true)
    for command in ["gc", "verify"] {
      let run = try ProcessRun.run(Mirror.binary, [command], folder: folder.path)
      #expect(run.code == 74 && run.errors.contains("/data/blobs/sha256: there is no such folder"), "\(run.errors)")
    }
    try FileManager.default.removeItem(atPath: folder.file("data"))
    for (command, text) in [
      (["snapshots"], "no snapshot yet"), (["boot-source"], "no [[publication]]"),
      (["status"], "free on \(folder.path)/data"),
      (["init", "--no-key"], "data folder: \(folder.path)/data"), (["verify"], "0 blobs"),
    ] {
      let run = try ProcessRun.run(Mirror.binary, command, folder: folder.path)
      #expect(run.code == 0 && (run.output + run.errors).contains(text), "\(command): \(run.output)\(run.errors)")
      #expect(!(run.output + run.errors).contains("damaged;"))
    }
  }

  @Test func aPortThatIsTakenIsNoMistakeInMirrorConf() throws {
    let upstream = try FakeUpstream()
    let mirror = try Mirror(source: upstream)
    let port = try #require(URL(string: upstream.url)?.port)
    let run = try mirror.run("serve", "--listen", "127.0.0.1:\(port)")
    #expect(run.code == 75)
    #expect(run.errors.contains("cannot listen on 127.0.0.1:\(port)") && run.errors.contains("[serve] listen"))
  }

  @Test func theOptionForTheConfigurationMayStandBeforeTheCommand() throws {
    let run = try ProcessRun.run(Mirror.binary, ["--config", "/nowhere/mirror.conf", "plan"])
    #expect(run.code == 78)
    #expect(run.errors.contains("/nowhere/mirror.conf: there is no such file"))
  }

  @Test func initWritesAConfigurationThatWorks() throws {
    let folder = try TemporaryFolder()
    for seed in ["default", "lts-amd64", "stable-all", "candidate-one", "amd64-arm64", "upstream-signed", "carried"] {
      let file = folder.file("\(seed).conf")
      let run = try ProcessRun.run(
        Mirror.binary, ["init", "--from", seed, "--config", file, "--data", folder.file("data"), "--no-key"])
      // Also where the real upstream's keyring is not installed: that is told, with its remedy.
      #expect(run.code == 0, "\(run.errors)")
      #expect(FileManager.default.fileExists(atPath: folder.file("data/blobs")))
      #expect(FileManager.default.fileExists(atPath: file))
    }
    #expect(try ProcessRun.run(Mirror.binary, ["init", "--from", "nothing"], folder: folder.path).code == 64)
  }

  @Test func statusShowsTheLastGoodSyncAndWhatIsServed() throws {
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.json("status")["sources"]?.array?.first?["last_good"] == .null)
    try mirror.begin()
    let status = try mirror.json("status")
    #expect(status["sources"]?.array?.first?["outcome"] == .string("ok"))
    #expect(status["publications"]?.array?.first?["number"] == .number("1"))
    #expect(try mirror.json("snapshots").array?.count == 1)
    #expect(try mirror.run("list").output.contains("noble"))
    #expect(
      try mirror.run("boot-source").output.contains("boot-source-selections create $ID os=ubuntu release=noble arches=")
    )
  }

  @Test func bootSourceTellsProgramsWhatItTellsPeople() throws {
    let upstream = try FakeUpstream()
    let mirror = try Mirror(
      Mirror.source("stable", upstream) + Mirror.publication("ephemeral-v3/stable", ["stable"])
        + Mirror.publication("as-received", ["stable"], signed: "upstream"))
    let found = try #require(try mirror.json("boot-source", "--host", "mirror.example:8080").array)
    let text = try mirror.run("boot-source", "--host", "mirror.example:8080").output
    #expect(found.map { $0["publication"]?.string } == ["ephemeral-v3/stable", "as-received"])
    #expect(found.map { $0["signed"]?.string } == ["local", "upstream"])
    #expect(found[0]["url"] == .string("http://mirror.example:8080/ephemeral-v3/stable/"))
    #expect(found[0]["keyring_url"] == .string("http://mirror.example:8080/keyring.gpg"))
    #expect(found[0]["preparation"] == .null)
    // The upstream's own key is not to be had from here.
    #expect(found[1]["keyring_url"] == .null)
    #expect(found[1]["preparation"]?.string?.hasPrefix("copy \(upstream.keyring) of this machine to ") == true)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.filter { !$0.hasPrefix("#") } == found.flatMap { $0["commands"]?.array ?? [] }.map(\.string))
  }

  @Test func everythingThatReportsTakesJSON() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream)
    let created = try mirror.json("keys", "create")
    let key = try #require(created["key"])
    #expect(created["new_key"] == .bool(true))
    let again = try mirror.json("keys", "create")
    #expect(again["key"] == key && again["new_key"] == .bool(false))
    #expect(key["fingerprint"]?.string?.count == 40 && key["algorithm"] == .string("ed25519"))
    #expect(try mirror.json("keys", "show").array == [key])
    let exported = try mirror.json("keys", "export", "--output", mirror.folder.file("keyring.gpg"))
    #expect(exported["fingerprints"]?.array?.first == key["fingerprint"])
    // The keyring and its description cannot share one output.
    #expect(try mirror.run("keys", "export", "--output", "-", "--json").code == 64)
    #expect(try mirror.json("init", "--seeds").array?.first?["name"] == .string("default"))
    let start = try mirror.json("init")
    #expect(start["new_config"] == .bool(false) && start["new_key"] == .bool(false) && start["key"] == key)
    #expect(start["data"] == .string(mirror.data) && start["problems"] == .array([]))
    #expect(try mirror.run("sync", "--publish").code == 0)
    #expect(try mirror.json("verify")["damaged"] == .array([]))
    let ended = try #require(try mirror.json("publish", "--remove", "ephemeral-v3/stable").array)
    #expect(ended.map { $0["path"] } == [.string("ephemeral-v3/stable")])
    #expect(ended[0]["ended"] == .bool(true) && ended[0]["configured"] == .bool(true))
    #expect(try mirror.json("status")["publications"]?.array?.first?["number"] == .null)
  }

  /// Standard output is one JSON document, whatever happened, and standard error says the same to people.
  @Test func whatFailsIsJSONAsWell() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream)
    func expect(_ code: Int32, _ arguments: String..., saying part: String) throws {
      let run = try ProcessRun.run(
        Mirror.binary, arguments + ["--json", "--config", mirror.configuration], folder: mirror.folder.path)
      let report = try JSONReader.read(Array(run.output.utf8))
      #expect(run.code == code && report["exit_code"] == .number(Int64(code)), "\(arguments): \(run.output)")
      #expect(
        report["error"]?.string?.contains(part) == true && run.errors.contains(part), "\(run.output)\(run.errors)")
    }
    try expect(64, "plan", "stabel", saying: "there is: stable")
    try expect(64, "plan", "--nonsense", saying: "--nonsense")
    try expect(64, "verify", "--peer", "http://127.0.0.1:1/", saying: "--repair")
    try expect(78, "sync", "--publish", saying: "keys create")
    try expect(64, "publish", "--remove", "old", saying: "nothing is")
    try mirror.write("bogus = 1\n")
    try expect(78, "status", saying: "“bogus” is not a key")
  }

  /// Its lines go into a shell.
  @Test func aHostForBootSourceIsOne() throws {
    let mirror = try Mirror(Mirror.source("stable", try FakeUpstream()) + Mirror.publication("images", ["stable"]))
    for host in [
      "a b", "mirror.example/x", "http://mirror.example", "a;reboot", "a$(id)", "mirror.example:0", "u@host", "",
    ] {
      let run = try mirror.run("boot-source", "--host", host)
      #expect(run.code == 64 && run.output.isEmpty && run.errors.contains("is not a host"), "\(host): \(run.output)")
    }
    for host in ["mirror.example", "mirror.example:8080", "10.0.0.1", "[fd00::1]:8080"] {
      #expect(try mirror.run("boot-source", "--host", host).output.contains("url=http://\(host)/images/"))
    }
  }

  /// One that is spelt wrongly would be noticed when the first is gone.
  @Test func endsAllThePublicationsThatAreNamedOrNone() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    let before = try mirror.state()
    #expect(try mirror.run("publish", "--remove", "ephemeral-v3/stable", "stabel").code == 64)
    #expect(try mirror.state() == before)
  }

  @Test func statusForecastsTheDiskFromWhatSyncsNoted() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    #expect(try mirror.json("status")["forecast"]?["state"] == .string("not_enough_history"))
    #expect(try mirror.run("status").output.contains("not enough history yet"))
    // A week that the test did not wait for.
    let today = Int64(Date().timeIntervalSince1970) / 86400
    let catalog = try CatalogDatabase(path: "\(mirror.data)/catalog.sqlite")
    let known = try #require(try catalog.storeSizes().last)
    #expect(known.day >= today - 1 && known.bytes > 50_000)
    for day in 1...9 { try catalog.note(.init(day: known.day - Int64(day), bytes: known.bytes - Int64(day) * 5_000)) }
    let forecast = try mirror.json("status")["forecast"]
    #expect(forecast?["bytes_per_day"] == .number("5000"))
    #expect(try mirror.run("status").output.contains("at 5.0 kB a day"))
  }

  @Test func verifyFindsADamagedBlob() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])])
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("sync").code == 0)
    #expect(try mirror.run("verify").code == 0)
    let folder = "\(mirror.data)/blobs/sha256"
    let name = try #require(
      FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }.first { $0.count > 64 })
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(folder)/\(name)")
    try Data("damaged".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    let run = try mirror.run("verify")
    #expect(run.code == 74)
    #expect(run.output.contains("1 damaged"))
  }
}
