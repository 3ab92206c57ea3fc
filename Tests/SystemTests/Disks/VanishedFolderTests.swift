import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// A data folder that is not there any more, with the built binary: it is told, and nothing is begun in its place.
@Suite struct VanishedFolderTests {
  private let index = "ephemeral-v3/stable/streams/v1/index.sjson"

  private func published(_ upstream: FakeUpstream, signed: String = "local") throws -> Mirror {
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream, signed: signed)
    if signed == "local" { #expect(try mirror.run("keys", "create").code == 0) }
    #expect(try mirror.run("sync", "--publish").code == 0)
    return mirror
  }

  private func away(_ mirror: Mirror) -> String { mirror.folder.file("elsewhere") }

  @Test(
    arguments: [
      ["sync"], ["sync", "--publish"], ["publish"], ["gc"], ["verify", "--repair"], ["status"], ["keys", "create"],
      ["init"],
    ], [false, true])
  func aMirrorThatVanishedIsNotBegunAnew(command: [String], isEmpty: Bool) throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream, signed: "upstream")
    #expect(rename(mirror.data, away(mirror)) == 0)
    // As a mount point is, or what systemd makes for a service.
    if isEmpty { #expect(mkdir(mirror.data, 0o755) == 0) }
    let requests = upstream.requests.count
    let run = try ProcessRun.run(Mirror.binary, command + ["--config", mirror.configuration])
    #expect(run.code == 74, "\(run.output)\(run.errors)")
    for text in ["a mirror was begun in \(mirror.data)", "remove \(mirror.configuration).begun"] {
      #expect(run.errors.contains(text), "\(run.errors)")
    }
    let made = try? FileManager.default.contentsOfDirectory(atPath: mirror.data)
    #expect(made == (isEmpty ? [] : nil) && upstream.requests.count == requests)
    // Brought back, all is as it was.
    if isEmpty { #expect(rmdir(mirror.data) == 0) }
    #expect(rename(away(mirror), mirror.data) == 0)
    let sync = try mirror.run("sync", "--publish")
    #expect(sync.code == 0 && sync.output.contains("unchanged, number 1"), "\(sync.output)\(sync.errors)")
  }

  /// Under the packaged units neither the folder of mirror.conf nor the one above the data folder can be written to.
  @Test func aServiceKeepsTheMarkInItsStateFolder() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream, signed: "upstream")
    let marks = mirror.folder.file("marks.begun")
    for name in [marks, "\(mirror.configuration).begun", "\(mirror.data).begun"] { #expect(mkdir(name, 0o755) == 0) }
    func sync() throws -> ProcessRun {
      try ProcessRun.run(
        Mirror.binary, ["sync", "--publish", "--config", mirror.configuration],
        environment: ["STATE_DIRECTORY": "\(mirror.data):\(marks)"])
    }
    #expect(try sync().code == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: marks)
    #expect(names.count == 1)
    #expect(rename(mirror.data, away(mirror)) == 0 && mkdir(mirror.data, 0o755) == 0)
    let run = try sync()
    #expect(run.code == 74 && run.errors.contains("remove \(marks)/\(names.first ?? "")"), "\(run.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.data) == [])
    #expect(rmdir(mirror.data) == 0 && rename(away(mirror), mirror.data) == 0)
    let again = try sync()
    #expect(again.code == 0 && again.output.contains("unchanged, number 1"), "\(again.output)\(again.errors)")
  }

  @Test func anotherIsBegunWhenTheOperatorSaysSo() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream, signed: "upstream")
    #expect(rename(mirror.data, away(mirror)) == 0)
    #expect(unlink("\(mirror.configuration).begun") == 0)
    #expect(try mirror.run("sync", "--publish").output.contains("published, number 1"))
    // Nor is another place in mirror.conf one that was lost.
    #expect(rename(mirror.data, mirror.folder.file("again")) == 0)
    let text = try String(contentsOfFile: mirror.configuration, encoding: .utf8)
    try mirror.folder.write(text.replacing(mirror.data, with: mirror.folder.file("new")), "mirror.conf")
    #expect(try mirror.run("sync", "--publish").output.contains("published, number 1"))
  }

  @Test func aDataFolderThatIsMovedDuringASyncIsNotMadeAgain() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    let second = "noble/amd64/20260201/squashfs"
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101", "20260201"])], updated: FakeUpstream.time + 3600)
    let (data, elsewhere) = (mirror.data, away(mirror))
    upstream.misbehave(at: second) { _, _ in
      rename(data, elsewhere)
      return nil
    }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 74 && run.errors.contains("\(data) is no longer the data folder that it was"), "\(run.errors)")
    // What it would find there now would mislead.
    #expect(!run.errors.contains("no snapshot") && !run.output.contains("published"), "\(run.output)\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: data))
    upstream.behave()
    #expect(try mirror.run("sync", "--publish").code == 74)
    #expect(!FileManager.default.fileExists(atPath: data))
    #expect(rename(elsewhere, data) == 0)
    let again = try mirror.run("sync", "--publish")
    #expect(again.code == 0 && again.output.contains("published, number 2"), "\(again.output)\(again.errors)")
    #expect(try mirror.run("verify").code == 0)
    #expect(try StoreInvariants.violations(in: data) == [])
  }

  /// To MAAS 3.8 a 404 is final.
  @Test func aServerThatStartsWhileTheDataFolderIsAwayDeniesNothing() throws {
    let upstream = try FakeUpstream()
    let mirror = try published(upstream)
    #expect(rename(mirror.data, away(mirror)) == 0)
    let server = try mirror.serve()
    let squashfs = "ephemeral-v3/stable/noble/amd64/20260101/squashfs"
    for path in [index, "keyring.gpg", "not-in-mirror-conf/streams/v1/index.sjson"] {
      #expect(try server.get(path).code == 503, "\(path)")
    }
    // Neither is an error that a region takes as final: the connection is closed.
    #expect(try server.get(squashfs).code == 0)
    // An empty mount point that once was written below.
    try FileManager.default.createDirectory(atPath: "\(mirror.data)/publications", withIntermediateDirectories: true)
    #expect(try server.eventually("nowhere") { $0.code == 404 })
    #expect(try server.get(index).code == 503 && server.get(squashfs).code == 0)
    #expect(try server.get("ephemeral-v3/stablestreams/v1/index.sjson").code == 404)
    try FileManager.default.removeItem(atPath: mirror.data)
    #expect(rename(away(mirror), mirror.data) == 0)
    #expect(try server.eventually(index) { $0.code == 200 })
    #expect(try server.get("ephemeral-v3/stable/nothing").code == 404)
    // What is ended while it looks is gone, also where mirror.conf still has it.
    #expect(try mirror.run("publish", "--remove", "ephemeral-v3/stable").code == 0)
    #expect(try server.eventually(index) { $0.code == 404 })
  }
}
