import Testing

@testable import Serving

/// A stop for an update or a reboot must not cost a region its import.
@Suite(.serialized) struct StopTests {
  /// More than the kernel takes off the server's hands while nobody reads.
  private static let image = [UInt8](repeating: 0x5A, count: 48 << 20)
  private static let target = "\(LiveServer.base)/squashfs"

  private func isRefused(_ port: Int) -> Bool { (try? RawClient(port: port)) == nil }

  @Test func letsATransferInProgressFinish() async throws {
    try await LiveServer.run(drain: 60, items: ["squashfs": Self.image]) { live in
      let client = try RawClient(port: live.port, window: 65536)
      try client.send(RawClient.request(Self.target))
      #expect(try client.head().headers["content-length"] == "\(Self.image.count)")
      async let stopped: Void = live.server.stop()
      #expect(try await live.waits { isRefused(live.port) })
      #expect(try client.take(Self.image.count) == Self.image)
      #expect(client.isClosedByServer())
      await stopped
      #expect(live.log == [])
    }
  }

  @Test func cutsOffWhatDoesNotEndInTimeAndSaysSo() async throws {
    try await LiveServer.run(drain: 0, items: ["squashfs": Self.image]) { live in
      let client = try RawClient(port: live.port, window: 65536)
      try client.send(RawClient.request(Self.target))
      _ = try client.head()
      await live.server.stop()
      #expect(live.log == ["1 transfer did not end before the stop and had to be cut off"])
      #expect(throws: (any Error).self) { try client.take(Self.image.count) }
    }
  }

  /// A client that has its answer and does not close lost nothing.
  @Test func countsOnlyTransfersThatWereCutOff() async throws {
    try await LiveServer.run(drain: 0, items: ["a": [1], "squashfs": Self.image]) { live in
      let done = try RawClient(port: live.port)
      #expect(try done.get("\(LiveServer.base)/a", ["Connection: close"]).status == 200)
      let client = try RawClient(port: live.port, window: 65536)
      try client.send(RawClient.request(Self.target))
      _ = try client.head()
      await live.server.stop()
      #expect(live.log == ["1 transfer did not end before the stop and had to be cut off"])
    }
  }

  @Test func whoAsksTwiceDoesNotWait() async throws {
    try await LiveServer.run(drain: 600, items: ["squashfs": Self.image]) { live in
      let client = try RawClient(port: live.port, window: 65536)
      try client.send(RawClient.request(Self.target))
      _ = try client.head()
      async let stopped: Void = live.server.stop()
      #expect(try await live.waits { isRefused(live.port) })
      live.server.hurry()
      await stopped
      #expect(live.log.count == 1)
      #expect(throws: (any Error).self) { try client.take(Self.image.count) }
    }
  }

  @Test func waitsForNoIdleConnection() async throws {
    try await LiveServer.run(drain: 60, items: ["a": [1]]) { live in
      let (used, fresh) = (try RawClient(port: live.port), try RawClient(port: live.port))
      #expect(try used.get("\(LiveServer.base)/a").status == 200)
      let start = ContinuousClock.now
      await live.server.stop()
      #expect(ContinuousClock.now - start < .seconds(30))
      #expect(used.isClosedByServer())
      #expect(fresh.isClosedByServer())
      #expect(live.log == [])
    }
  }
}
