import Foundation
import Simplestreams
import TestSupport
import Testing

/// A source with a public address that redirects inside. The addresses are public ones in a network of the test's own.
@Suite struct RedirectTests {
  private static let isolation = ["/usr/bin/unshare", "--net", "--mount"]

  private static let isPossible =
    [isolation[0], "/usr/bin/python3"].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    && ProcessRun.find("ip") != nil
    && (try? ProcessRun.run(isolation[0], ["--net", "--mount", "true"]).code) == 0

  /// The upstream at 203.0.113.7 redirects all files to a name below its own, and that name is 127.0.0.1. What is asked
  /// for there is written down.
  private static let server = """
    import http.server, os, sys, threading
    tree, log = sys.argv[1:]
    class Inside(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            open(log, "a").write(self.path + "\\n")
            super().do_GET()
    class Outside(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/streams/"):
                return super().do_GET()
            self.send_response(302)
            self.send_header("Location", "http://inside.images.example:8001" + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
    os.chdir(tree)
    open(log, "w").close()
    servers = [http.server.ThreadingHTTPServer(("203.0.113.7", 8000), Outside),
               http.server.ThreadingHTTPServer(("127.0.0.1", 8001), Inside)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
    """

  private static let script = """
    set -e
    ip link set lo up
    ip address add 203.0.113.7/32 dev lo
    mount --bind "$1/hosts" /etc/hosts
    mkfifo "$1/hold"
    python3 "$1/server.py" "$1/tree" "$1/log" < "$1/hold" > "$1/ready" &
    exec 3> "$1/hold"
    for i in $(seq 200); do grep -q ready "$1/ready" && break; sleep 0.05; done
    set +e
    "$2" sync --config "$1/mirror.conf"
    code=$?
    exec 3>&-
    wait
    exit $code
    """

  private func sync(_ extra: String) throws -> (run: ProcessRun, asked: String) {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let folder = try TemporaryFolder()
    for path in upstream.paths {
      let relative = String(path.dropFirst("/tree/".count))
      let file = URL(fileURLWithPath: folder.file("tree/\(relative)"))
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(try #require(upstream.file(relative))).write(to: file)
    }
    try folder.write("127.0.0.1 localhost inside.images.example\n203.0.113.7 images.example\n", "hosts")
    try folder.write(Self.server, "server.py")
    try folder.write(
      "data = \"\(folder.file("data"))\"\n"
        + Mirror.source("stable", upstream, extra: extra)
        .replacingOccurrences(of: upstream.url, with: "http://images.example:8000/"), "mirror.conf")
    let run = try ProcessRun.run(
      Self.isolation[0], Self.isolation.dropFirst() + ["sh", "-c", Self.script, "sh", folder.path, Mirror.binary],
      environment: ["no_proxy": "*"], seconds: 60)
    let asked = FileManager.default.contents(atPath: folder.file("log")) ?? Data("nobody listened".utf8)
    return (run, String(decoding: asked, as: UTF8.self))
  }

  /// The host is one that may be redirected to: what gives it away is where its name leads (DNS rebinding).
  @Test(.enabled(if: isPossible, "needs unshare, ip and root"))
  func aPublicSourceCannotReachInsideByANameOfItsOwn() throws {
    let (run, asked) = try sync("")
    #expect(run.code == 65, "\(run.output)\(run.errors)")
    #expect(run.output.contains("inside a private network") && run.output.contains("private_redirects = true"))
    #expect(asked == "")
  }

  @Test(.enabled(if: isPossible, "needs unshare, ip and root"))
  func theOperatorMaySayThatItIsMeant() throws {
    let (run, asked) = try sync("private_redirects = true")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    #expect(asked.contains("squashfs"))
  }

  @Test func aLoginPageInTheWayIsNoTree() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let portal = try ScriptedServer { _, _ in .answer("200 OK", body: Array("<html>please log in</html>".utf8)) }
    let login = "http://localhost:\(portal.port)/login"
    upstream.misbehave(at: "streams/v1/index.sjson") { _, _ in .answer("302 Found", headers: ["Location: \(login)"]) }
    let mirror = try Mirror(source: upstream)
    let run = try mirror.run("sync")
    #expect(run.code == 65)
    #expect(run.errors.contains(login) && run.errors.contains("a login page looks like this"))
    #expect(portal.connections == 0)
  }
}
