import Foundation
import TestSupport
import Testing

/// What is printed, where it cannot be written or must not be.
@Suite struct StandardOutputTests {
  private func run(_ mirror: Mirror, _ redirections: String, _ arguments: String...) throws -> ProcessRun {
    try ProcessRun.run(
      "/bin/sh",
      ["-c", "\"$0\" \"$@\" \(redirections)", Mirror.binary] + arguments + ["--config", mirror.configuration],
      folder: mirror.folder.path)
  }

  @Test func aReportThatIsLostIsAFailure() throws {
    let mirror = try Mirror("")
    for arguments in [["snapshots"], ["snapshots", "--json"]] {
      let run = try ProcessRun.run(
        "/bin/sh", ["-c", "\"$0\" \"$@\" >/dev/full", Mirror.binary] + arguments + ["--config", mirror.configuration])
      #expect(run.code == 74)
      #expect(run.errors.contains("cannot write to standard output: No space left on device"), "\(run.errors)")
    }
  }

  @Test func whoReadsNoFurtherIsNoFailure() throws {
    let mirror = try Mirror("")
    let run = try run(mirror, "2>errors | true; cat errors", "snapshots")
    #expect(run.code == 0 && run.output == "", "\(run.output)")
  }

  /// A pipe that another program, such as a terminal's shell, has set not to wait.
  @Test func aPipeThatIsFullIsWaitedFor() throws {
    let mirror = try Mirror("")
    let python = "/usr/bin/python3"
    guard FileManager.default.isExecutableFile(atPath: python) else {
      print("SKIPPED: a full pipe needs \(python)")
      return
    }
    let script = """
      import os, subprocess, sys, time
      reading, writing = os.pipe()
      os.set_blocking(writing, False)
      filled = 0
      try:
        while True: filled += os.write(writing, b"x" * 4096)
      except BlockingIOError: pass
      program = subprocess.Popen(sys.argv[1:], stdout=writing)
      os.close(writing)
      time.sleep(0.5)
      said = b""
      while piece := os.read(reading, 65536): said += piece
      print(program.wait(), said[filled:].decode())
      """
    let run = try ProcessRun.run(
      python, ["-I", "-c", script, Mirror.binary, "snapshots", "--json", "--config", mirror.configuration])
    #expect(run.output.hasPrefix("0 {") || run.output.hasPrefix("0 ["), "\(run.output)\(run.errors)")
  }

  /// Else the next file that is opened has the number of standard output, and what is printed is written into that.
  @Test(arguments: ["<&- >&-", ">&-", "<&-"])
  func whatIsClosedLeadsNowhere(redirections: String) throws {
    let mirror = try Mirror("")
    let address = "127.0.0.1:\(LoopbackSocket.freePort())"
    let server = try SpawnedProcess(
      "/bin/sh",
      [
        "-c", "exec \"$0\" \"$@\" \(redirections)", Mirror.binary, "serve", "--listen", address, "--config",
        mirror.configuration,
      ], output: mirror.folder.file("output"))
    let health = try ProcessRun.run(
      "/usr/bin/curl",
      ["-s", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "http://\(address)/healthz"], seconds: 30)
    #expect(health.output == "ok\n")
    for (number, sign) in [(0, "<&-"), (1, ">&-")] where redirections.contains(sign) {
      let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(server.id)/fd/\(number)")
      #expect(link == "/dev/null", "\(number)")
    }
    server.signal(SIGTERM)
    #expect(server.wait(seconds: 20) == 0)
  }

  @Test func aSyncWithoutAnyOfThemIsAsGood() throws {
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let mirror = try Mirror(source: upstream)
    #expect(try run(mirror, "<&- >&- 2>&-", "keys", "create").code == 0)
    #expect(try run(mirror, "<&- >&- 2>&-", "sync", "--publish").code == 0)
    #expect(try StoreInvariants.violations(in: mirror.data) == [])
    #expect(try mirror.run("verify").code == 0)
    #expect(try mirror.run("sync", "--publish").output.contains("unchanged"))
  }
}
