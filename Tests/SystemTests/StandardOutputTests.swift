import Foundation
import Simplestreams
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

  private static func published() throws -> Mirror {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    return mirror
  }

  /// What each of these prints is lost on a full disk, and that is told.
  private func loses(_ mirror: Mirror, _ commands: [[String]], code: Int32) throws {
    for command in commands {
      let run = try ProcessRun.run(
        "/bin/sh", ["-c", "\"$0\" \"$@\" >/dev/full", Mirror.binary] + command, folder: mirror.folder.path)
      #expect(run.code == code, "\(command)")
      #expect(run.errors.contains("cannot write to standard output: No space left on device"), "\(run.errors)")
    }
  }

  @Test func aReportThatIsLostIsAFailure() throws {
    try loses(try Mirror(""), [["snapshots"], ["snapshots", "--json"]], code: 74)
  }

  @Test func whatIsShortAndWhatIsHelpAreReportsToo() throws {
    try loses(try Self.published(), [["gc"], ["--help"], ["sync", "--help"], ["--version"]], code: 74)
  }

  /// The code stays that of what failed first; that the report is lost is told all the same.
  @Test func theReportOfAFailureMayBeLostToo() throws {
    let mirror = try Self.published()
    let manifest = try #require(try FileManager.default.contentsOfDirectory(atPath: "\(mirror.data)/snapshots").first)
    let snapshot = try Data(contentsOf: URL(fileURLWithPath: "\(mirror.data)/snapshots/\(manifest)"))
    let digest = try #require(try JSONReader.read(Array(snapshot))["items"]?.array?.first?["sha256"]?.string)
    try FileManager.default.removeItem(atPath: "\(mirror.data)/blobs/sha256/\(digest.prefix(2))/\(digest)")
    for command in [["verify"], ["verify", "--json"], ["publish", "nowhere", "--json"]] {
      let intact = try ProcessRun.run(Mirror.binary, command, folder: mirror.folder.path)
      #expect(intact.code != 0)
      try loses(mirror, [command], code: intact.code)
    }
  }

  private enum Reader: String, CaseIterable {
    case pipe, terminal, connection
  }

  /// Whoever reads has gone before the first byte is written: the program waits for another writer until then.
  @Test(arguments: Reader.allCases) private func whoReadsNoFurtherIsNoFailure(reader: Reader) throws {
    guard let python = Needed.program("python3", for: "a reader that goes away") else { return }
    let mirror = try Self.published()
    let script = """
      import fcntl, os, pty, socket, subprocess, sys
      lock = open(sys.argv[2] + "/lock")
      fcntl.flock(lock, fcntl.LOCK_EX)
      if sys.argv[1] == "pipe": reading, writing = os.pipe()
      elif sys.argv[1] == "terminal": reading, writing = pty.openpty()
      else:
        ends = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(ends.getsockname())
        reading, writing = client.fileno(), ends.accept()[0].detach()
      program = subprocess.Popen(sys.argv[3:], stdout=writing, stderr=subprocess.PIPE)
      waiting = program.stderr.readline()
      if sys.argv[1] == "connection":
        # What it has not read makes its end a reset.
        os.write(writing, b"x")
        client.recv(1, socket.MSG_PEEK)
      os.close(reading)
      lock.close()
      said = program.stderr.read()
      print(program.wait(), waiting.decode(), said.decode())
      """
    let run = try ProcessRun.run(
      python,
      [
        "-I", "-c", script, reader.rawValue, mirror.data, Mirror.binary, "publish", "--wait", "30 s", "--config",
        mirror.configuration,
      ],
      seconds: 60)
    #expect(run.output.hasPrefix("0 waiting"), "\(run.output)\(run.errors)")
    #expect(!run.output.contains("standard output"), "\(run.output)")
  }

  /// Python: `writing` takes nothing more until `reading` has given the `filled` bytes that are in it.
  private static let fullPipe = """
    import os, platform, signal, subprocess, sys, time, urllib.request
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    filled = 0
    for size in (4096, 1):
      try:
        while True: filled += os.write(writing, b"x" * size)
      except BlockingIOError: pass
    def health(address):
      for _ in range(200):
        try: return urllib.request.urlopen(address + "/healthz").read()
        except OSError: time.sleep(0.1)
    """

  /// A pipe that another program, such as a terminal's shell, has set not to wait.
  @Test func aPipeThatIsFullIsWaitedFor() throws {
    guard let python = Needed.program("python3", for: "a full pipe") else { return }
    let mirror = try Mirror("")
    let script = """
      \(Self.fullPipe)
      # poll and ppoll.
      awaited = {"x86_64": ("7", "271"), "aarch64": ("73",)}.get(platform.machine(), ())
      def call(thread):
        try:
          with open(f"{thread.path}/syscall") as file: return file.read().split()[0]
        except FileNotFoundError: return "none"
      program = subprocess.Popen(sys.argv[1:], stdout=writing)
      os.close(writing)
      waits = False
      # Until it waits for room.
      for _ in range(1000):
        if program.poll() is not None: break
        try: waits = any(call(thread) in awaited for thread in os.scandir(f"/proc/{program.pid}/task"))
        except PermissionError: awaited = ()
        if not awaited: break
        if waits: break
        time.sleep(0.01)
      said = b""
      while piece := os.read(reading, 65536): said += piece
      print(waits if awaited else "unknown", program.wait(), said[filled:].decode())
      """
    let run = try ProcessRun.run(
      python, ["-I", "-c", script, Mirror.binary, "snapshots", "--json", "--config", mirror.configuration], seconds: 60)
    if run.output.hasPrefix("unknown") {
      let _: Void? = Needed.skip("a full pipe", "this system does not say what a program waits for")
      return
    }
    #expect(run.output.hasPrefix("True 0 ["), "\(run.output)\(run.errors)")
  }

  /// What is told on the side waits for nobody, and neither does a service.
  @Test(arguments: ["stdout", "stderr"], [true, false])
  func aServiceDoesNotHangOnAFullPipe(output: String, blocks: Bool) throws {
    guard let python = Needed.program("python3", for: "a full pipe") else { return }
    let mirror = try Mirror("")
    let script = """
      \(Self.fullPipe)
      os.set_blocking(writing, sys.argv[3] == "true")
      program = subprocess.Popen(sys.argv[4:], **{sys.argv[1]: writing})
      health(sys.argv[2])
      program.send_signal(signal.SIGTERM)
      try: print(program.wait(20))
      except subprocess.TimeoutExpired:
        program.kill()
        print("hangs")
      """
    let address = "127.0.0.1:\(LoopbackSocket.freePort())"
    let run = try ProcessRun.run(
      python,
      [
        "-I", "-c", script, output, "http://\(address)", "\(blocks)", Mirror.binary, "serve", "--listen", address,
        "--config",
        mirror.configuration,
      ], seconds: 60)
    #expect(run.output.split(separator: "\n").last == "0", "\(run.output)\(run.errors)")
  }

  /// Whoever is slow to read hears what failed; whoever never reads is not waited for for ever.
  @Test func anErrorIsToldThroughAFullPipe() throws {
    guard let python = Needed.program("python3", for: "a full pipe") else { return }
    let mirror = try Mirror("")
    let script = """
      \(Self.fullPipe)
      for isRead in (False, True):
        program = subprocess.Popen(sys.argv[1:], stderr=writing)
        if not isRead:
          print(program.wait())
          continue
        os.close(writing)
        time.sleep(0.5)
        said = b""
        while piece := os.read(reading, 65536): said += piece
        print(program.wait(), said[filled:].decode())
      """
    let run = try ProcessRun.run(
      python, ["-I", "-c", script, Mirror.binary, "publish", "nowhere", "--config", mirror.configuration], seconds: 60)
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 2 && lines[1].hasPrefix("\(lines[0]) maas-mirror: "), "\(run.output)\(run.errors)")
  }

  /// What nobody read in time is at least counted.
  @Test func whatAServiceSaidInVainIsCounted() throws {
    guard let python = Needed.program("python3", for: "a full pipe") else { return }
    let mirror = try Mirror("")
    let log = mirror.folder.file("access.log")
    try mirror.write("[serve]\naccess_log_file = \"\(log)\"\n")
    let script = """
      \(Self.fullPipe)
      os.set_blocking(writing, True)
      program = subprocess.Popen(sys.argv[3:], stderr=writing, stdout=subprocess.DEVNULL)
      os.close(writing)
      health(sys.argv[1])
      # The second is heard when the first has been told of.
      for _ in range(2):
        os.remove(sys.argv[2])
        program.send_signal(signal.SIGHUP)
        for _ in range(200):
          if os.path.exists(sys.argv[2]): break
          time.sleep(0.1)
      while filled: filled -= len(os.read(reading, filled))
      program.send_signal(signal.SIGTERM)
      said = b""
      while piece := os.read(reading, 65536): said += piece
      print(program.wait(), said.decode())
      """
    let address = "127.0.0.1:\(LoopbackSocket.freePort())"
    let run = try ProcessRun.run(
      python,
      [
        "-I", "-c", script, "http://\(address)", log, Mirror.binary, "serve", "--listen", address, "--config",
        mirror.configuration,
      ], seconds: 60)
    #expect(run.output.hasPrefix("0 ("), "\(run.output)\(run.errors)")
    #expect(run.output.contains("before this nobody read in time)\n"), "\(run.output)")
    #expect(run.output.contains("stopping\n"), "\(run.output)")
  }

  /// One that answers.
  private static func server(
    _ mirror: Mirror, _ redirections: String, by name: String = Mirror.binary
  ) throws -> SpawnedProcess {
    let address = "127.0.0.1:\(LoopbackSocket.freePort())"
    let server = try SpawnedProcess(
      "/bin/sh",
      [
        "-c", "exec \"$0\" \"$@\" \(redirections)", name, "serve", "--listen", address, "--config",
        mirror.configuration,
      ], output: mirror.folder.file("output"))
    let health = try ProcessRun.run(
      "/usr/bin/curl",
      ["-s", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "http://\(address)/healthz"], seconds: 30)
    #expect(health.output == "ok\n")
    return server
  }

  @Test func aServiceNeedsNoReport() throws {
    let mirror = try Mirror("")
    let server = try Self.server(mirror, ">/dev/full")
    server.signal(SIGTERM)
    #expect(server.wait(seconds: 20) == 0)
  }

  /// Else the next file that is opened has the number of standard output, and what is printed is written into that.
  @Test(arguments: ["<&- >&-", ">&-", "<&-"])
  func whatIsClosedLeadsNowhere(redirections: String) throws {
    let mirror = try Mirror("")
    let name = mirror.folder.file("another-name")
    try FileManager.default.createSymbolicLink(atPath: name, withDestinationPath: Mirror.binary)
    let server = try Self.server(mirror, redirections, by: name)
    for (number, sign) in [(0, "<&-"), (1, ">&-")] where redirections.contains(sign) {
      // As it was started by, not as “exe”.
      #expect(try String(contentsOfFile: "/proc/\(server.id)/comm", encoding: .utf8) == "another-name\n")
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
