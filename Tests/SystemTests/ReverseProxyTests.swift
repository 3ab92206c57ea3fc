import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// nginx in front of the server, with the configuration that comes along.
@Suite struct ReverseProxyTests {
  private static let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("deploy/nginx.conf.example")

  private func configuration(_ folder: TemporaryFolder, port: Int, to mirror: String, _ identity: Certificate) throws
    -> String
  {
    var server = try String(contentsOf: Self.example, encoding: .utf8)
    for (old, new) in [
      ("listen 443 ssl;", "listen 127.0.0.1:\(port) ssl;"), ("listen [::]:443 ssl;", ""),
      ("/etc/nginx/mirror.example.pem", identity.certificate), ("/etc/nginx/mirror.example.key", identity.key),
      ("http://127.0.0.1:8080", "http://\(mirror)"),
    ] {
      #expect(server.contains(old), "\(old)")
      server.replace(old, with: new)
    }
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    let places = kinds.map { "\($0)_temp_path \(folder.file($0));" }.joined(separator: "\n")
    return """
      daemon off; master_process off; pid \(folder.file("nginx.pid")); error_log \(folder.file("error.log")); events {}
      http { access_log off;
      \(places)
      \(server)
      }
      """
  }

  private func start(_ program: String, _ folder: TemporaryFolder, port: Int) throws -> SpawnedProcess {
    try SpawnedProcess.listening(
      on: port, program, ["-e", folder.file("error.log"), "-c", folder.file("nginx.conf")],
      output: folder.file("nginx.log"))
  }

  /// Documents, whose paths have colons, large files and their parts go through as they are.
  @Test(.enabled(if: Certificate.isPossible, "openssl is needed"))
  func aMirrorBehindItIsTheSourceOfAnother() throws {
    guard let program = Needed.program("nginx", for: "the reverse proxy's example") else { return }
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101", "20260201"])], squashfs: 3 << 20)
    let first = try Mirror(source: upstream)
    try first.begin()
    let server = try first.serve()
    let folder = try TemporaryFolder()
    let identity = try Certificate(in: folder, name: "proxy")
    let port = try ScriptedServer.deadPort()
    try folder.write(try configuration(folder, port: port, to: server.address, identity), "nginx.conf")
    let proxy = try start(program, folder, port: port)
    let keyring = folder.file("keyring.gpg")
    #expect(try first.run("keys", "export", "--output", keyring).code == 0)
    let second = try Mirror(
      Mirror.source("stable", upstream, extra: "ca = \"\(identity.certificate)\"\n")
        .replacingOccurrences(of: upstream.url, with: "https://127.0.0.1:\(port)/ephemeral-v3/stable/")
        .replacingOccurrences(of: upstream.keyring, with: keyring)
        + Mirror.publication("ephemeral-v3/stable", ["stable"]))
    try second.begin()
    func items(_ mirror: Mirror) throws -> [String: SHA256Digest] {
      let tree = try #require(try StoreState.trees(in: mirror.data)["ephemeral-v3/stable"])
      return Dictionary(uniqueKeysWithValues: tree.items.map { ($0.path.string, $0.sha256) })
    }
    #expect(try items(second) == items(first) && !items(first).isEmpty)
    let part = try ProcessRun.run(
      "/usr/bin/curl",
      ["-sS", "--cacert", identity.certificate, "-r", "10-19", "-o", folder.file("part"), "-w", "%{http_code}"]
        + ["https://127.0.0.1:\(port)/ephemeral-v3/stable/noble/amd64/20260201/squashfs"])
    let whole = try #require(upstream.file("noble/amd64/20260201/squashfs"))
    #expect(part.output == "206" && FileManager.default.contents(atPath: folder.file("part")) == Data(whole[10...19]))
    withExtendedLifetime((proxy, server)) {}
  }
}
