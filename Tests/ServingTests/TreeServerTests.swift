import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

@testable import Serving

@Suite(.serialized) struct TreeServerTests {
  private static let base = LiveServer.base

  @Test func followsAPublishWithoutARestart() async throws {
    try await LiveServer.run(items: ["old": Array("old".utf8)]) { live in
      let client = try RawClient(port: live.port)
      #expect(try client.get("\(Self.base)/streams/v1/index.sjson").body == Array("old".utf8))
      let start = ContinuousClock.now
      try live.publish(["new": Array("new".utf8)])
      #expect(
        try await live.waits { try client.get("\(Self.base)/streams/v1/index.sjson").body == Array("new".utf8) })
      // It looks four times a second; the rest of the limit is for a busy machine.
      #expect(ContinuousClock.now - start < .seconds(3))
      #expect(try client.get("\(Self.base)/new").body == Array("new".utf8))
      // Within grace: a region that read the old index still gets its files.
      #expect(try client.get("\(Self.base)/old").body == Array("old".utf8))
    }
  }

  @Test func startsBeforeAnythingIsPublished() async throws {
    try await LiveServer.run { live in
      try FileManager.default.removeItem(atPath: live.data.publication(LiveServer.path))
      let client = try RawClient(port: live.port)
      #expect(try await live.waits { try client.get("/readyz").status == 503 })
      #expect(try client.get("/healthz").status == 200)
      try live.publish(["a": [1]])
      #expect(try await live.waits { try client.get("/readyz").status == 200 })
    }
  }

  /// The old tree is served on, and the log says why.
  @Test func aRecordThatCannotBeReadChangesNothing() async throws {
    try await LiveServer.run(items: ["a": Array("first".utf8)]) { live in
      try live.folder.write("{", "publications/ephemeral-v3~stable.json")
      #expect(try await live.waits { live.log.contains { $0.contains("last good state") } })
      #expect(try RawClient(port: live.port).get("\(Self.base)/a").body == Array("first".utf8))
    }
  }

  @Test(arguments: ["cut short", "gone"])
  func aDamagedBlobIsAnErrorAndNeverAWrongBody(damage: String) async throws {
    let bytes = Array("all the bytes of a kernel".utf8)
    try await LiveServer.run(items: ["kernel": bytes, "a": Array("first".utf8)]) { live in
      let path = live.data.blob(SHA256Digest(hashing: bytes))
      try FileManager.default.removeItem(atPath: path)
      if damage == "cut short" { try Data(bytes.dropLast(3)).write(to: URL(fileURLWithPath: path)) }
      let client = try RawClient(port: live.port)
      for headers in [[], ["Range: bytes=0-3"]] {
        let response = try client.get("\(Self.base)/kernel", headers)
        #expect(response.status == 500)
        #expect(response.headers["etag"] == nil)
        #expect(response.headers["cache-control"]?.contains("immutable") != true)
      }
      #expect(live.log.map { $0.hasPrefix("\(Self.base)/kernel: ") } == [true, true])
      #expect(try client.get("\(Self.base)/a").body == Array("first".utf8))
    }
  }

  @Test func anItemOfWhatCannotBeReadIsNotAnsweredWithAnError() async throws {
    try await LiveServer.run(items: ["a": [1]]) { live in
      let record = live.data.publication(LiveServer.path)
      let server = TreeServer(
        publications: live.publications, blobs: live.blobs,
        options: .init(
          listen: [.init(host: "127.0.0.1", port: 0)], grace: 0, drain: 1, threads: 1, now: { 1_780_000_000 }),
        log: { _ in })
      try Data("damaged".utf8).write(to: URL(filePath: record))
      let port = try #require(try await server.start().first).port
      let region = try RawClient(port: port)
      #expect(try region.get("\(Self.base)/streams/v1/index.sjson").status == 503)
      try region.send(RawClient.request("\(Self.base)/a"))
      #expect(region.isClosedByServer())
      await server.stop()
    }
  }

  @Test func isNotReadyWithoutADocumentOfItsTree() async throws {
    try await LiveServer.run(items: ["a": [1]]) { live in
      try live.blobs.remove(SHA256Digest(hashing: Array("a".utf8)))
      let response = try RawClient(port: live.port).get("/readyz")
      #expect(response.status == 503)
      #expect(String(decoding: response.body, as: UTF8.self).contains("index.sjson is missing"))
    }
  }

  @Test func isNotReadyWithoutAnItemThatItAdvertises() async throws {
    let large = [UInt8](repeating: 7, count: 100_000)
    try await LiveServer.run(items: ["a": [1], "b": large]) { live in
      let client = try RawClient(port: live.port)
      func reasons() throws -> String { String(decoding: try client.get("/readyz").body, as: UTF8.self) }
      try live.blobs.remove(SHA256Digest(hashing: large))
      #expect(try reasons().contains("\(Self.base)/b is missing or damaged"))
      #expect(try client.get("/readyz").status == 503)
      _ = try live.blobs.insert(large)
      #expect(try await live.waits { try reasons() == "ready\n" })
      // Of its size, and not what its name says: seen by who asks for it first.
      let blob = live.data.blob(SHA256Digest(hashing: [1]))
      #expect(chmod(blob, 0o644) == 0)
      try Data([2]).write(to: URL(filePath: blob))
      #expect(try reasons() == "ready\n")
      #expect(try client.get("\(Self.base)/a").status == 500)
      #expect(try await live.waits { try reasons().contains("\(Self.base)/a is missing or damaged") })
      try Data([1]).write(to: URL(filePath: blob))
      #expect(try await live.waits { try reasons() == "ready\n" })
    }
  }

  @Test func saysThatItsAddressIsTaken() async throws {
    try await LiveServer.run { live in
      let address = ListenAddress(host: "127.0.0.1", port: live.port)
      let second = TreeServer(
        publications: live.publications, blobs: live.blobs,
        options: .init(listen: [address], grace: 0, drain: 1, threads: 1, now: { 0 }), log: { _ in })
      let error = await #expect(throws: ServingError.self) { _ = try await second.start() }
      #expect(error == .isInUse(address))
      let health = try RawClient(port: live.port).get("/healthz")
      #expect(health.status == 200)
    }
  }
}
