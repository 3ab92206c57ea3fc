import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// An upstream whose server speaks HTTP/2 and nothing else.
@Suite struct HTTP2Tests {
  private let upstream: FakeUpstream
  private let folder: TemporaryFolder

  init() throws {
    upstream = try FakeUpstream()
    folder = try TemporaryFolder()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101", "20260201"])], squashfs: 3 << 20)
    for path in upstream.paths {
      let file = folder.file("htdocs" + path)
      try FileManager.default.createDirectory(
        atPath: String(file[..<file.lastIndex(of: "/")!]), withIntermediateDirectories: true)
      try folder.write(try #require(upstream.file(String(path.dropFirst("/tree/".count)))), "htdocs" + path)
    }
  }

  /// Runs until its owner lets go of it.
  private func server(_ program: String, on port: Int, _ identity: Certificate) throws -> SpawnedProcess {
    try SpawnedProcess.listening(
      on: port, program,
      ["--address=127.0.0.1", "--htdocs=\(folder.file("htdocs"))", "\(port)", identity.key, identity.certificate],
      output: folder.file("server.log"))
  }

  private func source(_ port: Int, _ identity: Certificate) -> String {
    Mirror.source("stable", upstream, extra: "ca = \"\(identity.certificate)\"\n")
      .replacingOccurrences(of: upstream.url, with: "https://127.0.0.1:\(port)/tree/")
  }

  @Test(.enabled(if: Certificate.isPossible, "openssl is needed"))
  func aSyncTakesItWhereItIsOffered() throws {
    guard let program = Needed.program("nghttpd", for: "a sync over HTTP/2") else { return }
    let identity = try Certificate(in: folder, name: "upstream")
    let port = try ScriptedServer.deadPort()
    let server = try server(program, on: port, identity)
    // Who offers HTTP/1.1 only is turned away: what follows came over HTTP/2.
    let older = try ProcessRun.run(
      "/usr/bin/curl", ["-sS", "--http1.1", "--cacert", identity.certificate, "https://127.0.0.1:\(port)/tree/"])
    #expect(older.code != 0)
    let mirror = try Mirror(
      source(port, identity) + Mirror.publication("ephemeral-v3/stable", ["stable"], signed: "upstream"))
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    #expect(try StoreInvariants.violations(in: mirror.data) == [])
    let versions = try StoreState.trees(in: mirror.data)["ephemeral-v3/stable"]?.items.map(\.path.string)
      .filter { $0.hasSuffix("/squashfs") }.sorted()
    #expect(versions == ["noble/amd64/20260101/squashfs", "noble/amd64/20260201/squashfs"])
    #expect(try mirror.json("sync").array?.first?["outcome"] == .string("unchanged"))
    withExtendedLifetime(server) {}
  }

  @Test(.enabled(if: Certificate.isPossible, "openssl is needed"))
  func whatIsAbsentIsToldAsOverHTTP1() throws {
    guard let program = Needed.program("nghttpd", for: "an absent file over HTTP/2") else { return }
    try FileManager.default.removeItem(atPath: folder.file("htdocs/tree/noble/amd64/20260201/squashfs"))
    let identity = try Certificate(in: folder, name: "upstream")
    let port = try ScriptedServer.deadPort()
    let server = try server(program, on: port, identity)
    let run = try Mirror(source(port, identity)).run("sync")
    #expect(run.code == 1 && run.errors.contains("20260201/squashfs") && run.errors.contains("404"), "\(run.errors)")
    withExtendedLifetime(server) {}
  }
}
