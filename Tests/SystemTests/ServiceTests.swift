import Foundation
import Glibc
import Simplestreams
import TestSupport
import Testing

/// `serve` as a service manager and an operator run it.
@Suite(.serialized) struct ServiceTests {
  private static func configuration(_ serve: String = "") -> String {
    """
    [serve]
    listen = "127.0.0.1:0"
    access_log = "off"
    \(serve)
    """
  }

  @Test(arguments: ["path", "abstract"])
  func tellsTheServiceManagerHowItDoes(kind: String) throws {
    let mirror = try Mirror(Self.configuration())
    let name = kind == "path" ? mirror.folder.file("notify") : "@maas-mirror-test-\(getpid())"
    let manager = try NotifySocket(name)
    let served = try ServedMirror(mirror, environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"])
    let ready = try #require(manager.next("READY=1"))
    #expect(ready.last == "STATUS=serving on http://\(served.address)/")
    #expect(manager.next("WATCHDOG=1") != nil)
    served.signal(SIGHUP)
    let reloading = try #require(manager.next("RELOADING=1"))
    let time = try #require(reloading.last.flatMap { Int64($0.dropFirst("MONOTONIC_USEC=".count)) })
    #expect(time > 0 && reloading.last?.hasPrefix("MONOTONIC_USEC=") == true)
    #expect(manager.next("READY=1") != nil)
    #expect(manager.next("WATCHDOG=1") != nil)
    #expect(served.stop() == 0)
    #expect(manager.next("STOPPING=1") != nil)
  }

  @Test func aReloadTakesNewSettingsOverAndRefusesWrongOnes() throws {
    let mirror = try Mirror(Self.configuration())
    let served = try ServedMirror(mirror)
    #expect(try served.get("healthz").code == 200)
    try mirror.write(Self.configuration("client_rate_limit = \"fast\""))
    served.signal(SIGHUP)
    #expect(served.says("the old settings stay in force"))
    #expect(served.says("“client_rate_limit” is “fast”"))
    #expect(try served.get("healthz").code == 200)
    let log = mirror.folder.file("access.log")
    try mirror.write(
      Self.configuration("access_log_file = \"\(log)\"").replacingOccurrences(of: "\"off\"", with: "\"combined\""))
    served.signal(SIGHUP)
    #expect(served.says("was read again"))
    // Without a publication nobody knows what there is.
    #expect(try served.get("nowhere").code == 503)
    #expect(served.stop() == 0)
    let lines = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    #expect(lines.hasPrefix("127.0.0.1 - - [") && lines.contains("\"GET /nowhere HTTP/1.1\" 503 "), "\(lines)")
  }

  /// A rotation must not depend on whether somebody is editing mirror.conf.
  @Test func theAccessLogIsOpenedAnewWhateverTheConfigurationSays() throws {
    let mirror = try Mirror("")
    let log = mirror.folder.file("access.log")
    try mirror.write("[serve]\naccess_log_file = \"\(log)\"")
    let served = try ServedMirror(mirror)
    try FileManager.default.moveItem(atPath: log, toPath: log + ".1")
    try mirror.write("[serve]\naccess_log_file = 1")
    served.signal(SIGHUP)
    #expect(served.says("the old settings stay in force"))
    #expect(try served.get("healthz").code == 200)
    #expect(served.stop() == 0)
    #expect(FileManager.default.contents(atPath: log)?.isEmpty == false)
  }

  @Test func listensOnSeveralAddressesWithIPv6AmongThem() throws {
    let mirror = try Mirror("")
    // The same port on both: an IPv6 socket that takes IPv4 too would keep the other out.
    let port = LoopbackSocket.freePort()
    let served = try ServedMirror(mirror, listen: ["0.0.0.0:\(port)", "[::]:\(port)"])
    for host in ["127.0.0.1", "[::1]"] {
      let run = try ProcessRun.run("/usr/bin/curl", ["-sg", "http://\(host):\(port)/healthz"], seconds: 30)
      #expect(run.output == "ok\n", "\(host)")
    }
    #expect(served.stop() == 0)
  }

  /// Of the environment the activating program passes on only what it is told to.
  private static let forSanitizers = ["LSAN_OPTIONS", "TSAN_OPTIONS"]
    .filter { ProcessInfo.processInfo.environment[$0] != nil }.flatMap { ["-E", $0] }

  @Test func servesOnASocketThatWasHandedOver() throws {
    guard let activate = Needed.program("systemd-socket-activate", for: "socket activation") else { return }
    let mirror = try Mirror(Self.configuration())
    let port = LoopbackSocket.freePort()
    let process = try SpawnedProcess(
      activate,
      Self.forSanitizers + ["-l", "127.0.0.1:\(port)", Mirror.binary, "serve", "--config", mirror.configuration],
      output: mirror.folder.file("output"))
    let run = try ProcessRun.run(
      "/usr/bin/curl",
      ["-s", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "http://127.0.0.1:\(port)/healthz"],
      seconds: 30)
    #expect(run.output == "ok\n")
    // It answers from the moment that it listens, and says so behind that.
    func output() -> String {
      String(decoding: FileManager.default.contents(atPath: mirror.folder.file("output")) ?? Data(), as: UTF8.self)
    }
    let deadline = Date(timeIntervalSinceNow: 10)
    while !output().contains("serving on http://127.0.0.1:\(port)/"), Date() < deadline { usleep(10_000) }
    #expect(output().contains("serving on http://127.0.0.1:\(port)/"))
    process.signal(SIGTERM)
    #expect(process.wait(seconds: 20) == 0)
  }

  @Test func namesAUnixSocketThatWasHandedOverByItsPath() throws {
    guard let activate = Needed.program("systemd-socket-activate", for: "socket activation") else { return }
    let mirror = try Mirror("[serve]\naccess_log = \"combined\"")
    let socket = mirror.folder.file("http.sock")
    let process = try SpawnedProcess(
      activate, Self.forSanitizers + ["-l", socket, Mirror.binary, "serve", "--config", mirror.configuration],
      output: mirror.folder.file("output"))
    let deadline = Date(timeIntervalSinceNow: 10)
    while !FileManager.default.fileExists(atPath: socket), Date() < deadline { usleep(5_000) }
    let run = try ProcessRun.run(
      "/usr/bin/curl", ["-s", "--unix-socket", socket, "http://mirror/healthz"], seconds: 30)
    #expect(run.output == "ok\n")
    process.signal(SIGTERM)
    #expect(process.wait(seconds: 20) == 0)
    let output = String(
      decoding: FileManager.default.contents(atPath: mirror.folder.file("output")) ?? Data(), as: UTF8.self)
    #expect(output.contains("serving on unix:\(socket)\n"), "\(output)")
    #expect(output.contains("\nunix: - - ["), "\(output)")
  }

  /// As the service sees it: its unit lets it read the data folder, and SQLite wants to write beside what it reads.
  @Test func theStateOfTheSourcesIsReadWhereNothingMayBeWritten() throws {
    let mirror = try Mirror(
      Self.configuration()
        + "\n[[source]]\nname = \"stable\"\nurl = \"http://127.0.0.1:1/\"\nunsigned = true\nretries = 0")
    // It fails, and makes a catalog.
    #expect(try mirror.run("sync").code == 69)
    let data = mirror.data
    let script = "mount --bind '\(data)' '\(data)' && mount -o remount,ro,bind '\(data)'"
    guard let wrapper = try Needed.mounting(script, for: "the catalog on a read-only file system") else { return }
    let run = try ProcessRun.run(
      wrapper[0], Array(wrapper.dropFirst()) + [Mirror.binary, "status", "--config", mirror.configuration])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("\nstable  never"))
  }
}
