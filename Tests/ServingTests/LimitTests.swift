import Testing

@testable import Serving

@Suite(.serialized) struct LimitTests {
  private static let base = LiveServer.base
  private static let image = [UInt8](repeating: 3, count: 4 << 20)

  /// Refused, a region would lose its import; in the backlog it waits.
  @Test func aConnectionTooManyWaitsUntilAnotherCloses() async throws {
    try await LiveServer.run(items: ["a": [1]], { $0.limits.connections = 1 }) { live in
      var first: RawClient? = try RawClient(port: live.port)
      #expect(try first?.get("\(Self.base)/a").status == 200)
      let second = try RawClient(port: live.port)
      try second.send(RawClient.request("\(Self.base)/a"))
      let metrics = String(decoding: try first?.get("/metrics").body ?? [], as: UTF8.self)
      #expect(metrics.contains("\nmaas_mirror_connections 1\n"))
      #expect(metrics.contains("\nmaas_mirror_connections_total 1\n"))
      first = nil
      #expect(try second.response().status == 200)
    }
  }

  /// Where there is room, several are accepted at once.
  @Test func noMoreThanMayBeAreAcceptedOfManyThatComeAtOnce() async throws {
    try await LiveServer.run(items: ["a": [1]], { $0.limits.connections = 300 }) { live in
      let first = try RawClient(port: live.port)
      func count() throws -> Substring? {
        let lines = String(decoding: try first.get("/metrics").body, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("maas_mirror_connections ") }?.split(separator: " ").last
      }
      #expect(try count() == "1")
      var others = try (0..<340).map { _ in try RawClient(port: live.port) }
      #expect(try await live.waits { try count() == "300" })
      try await Task.sleep(for: .milliseconds(100))
      #expect(try count() == "300")
      others.removeFirst(200)
      #expect(try await live.waits { try count() == "141" })
      for other in others { #expect(try other.get("\(Self.base)/a").status == 200) }
    }
  }

  @Test func tooManyOfOneAddressAreToldToComeLaterForDocuments() async throws {
    try await LiveServer.run(items: ["a": [1]], { $0.limits.connectionsPerAddress = 1 }) { live in
      let first = try RawClient(port: live.port)
      #expect(try first.get("\(Self.base)/a").status == 200)
      let second = try RawClient(port: live.port)
      let answer = try second.get("\(Self.base)/streams/v1/index.sjson")
      #expect(answer.status == 503)
      #expect(answer.headers["retry-after"] == "10")
      #expect(second.isClosedByServer())
      #expect(try RawClient(port: live.port).get("/healthz").status == 200)
      #expect(String(decoding: try first.get("/metrics").body, as: UTF8.self).contains("refused_total 2\n"))
    }
  }

  /// An error in place of a file is final for a region; a closed connection is not.
  @Test func tooManyOfOneAddressAreClosedForItems() async throws {
    try await LiveServer.run(items: ["a": [1]], { $0.limits.connectionsPerAddress = 1 }) { live in
      let first = try RawClient(port: live.port)
      #expect(try first.get("\(Self.base)/a").status == 200)
      let second = try RawClient(port: live.port)
      try second.send(RawClient.request("\(Self.base)/a"))
      #expect(second.isClosedByServer())
    }
  }

  @Test func aConnectionIsNotTooManyAnyMoreWhenAnotherHasClosed() async throws {
    try await LiveServer.run(items: ["a": [1]], { $0.limits.connectionsPerAddress = 1 }) { live in
      var first: RawClient? = try RawClient(port: live.port)
      #expect(try first?.get("\(Self.base)/a").status == 200)
      let second = try RawClient(port: live.port)
      #expect(try second.get("/healthz").status == 200)
      first = nil
      #expect(
        try await live.waits {
          String(decoding: try second.get("/metrics").body, as: UTF8.self).contains("\nmaas_mirror_connections 1\n")
        })
      #expect(try second.get("\(Self.base)/a").status == 200)
    }
  }

  @Test func oneClientGetsNoMoreThanItsRate() async throws {
    try await LiveServer.run(items: ["a": Self.image], { $0.limits.clientRate = 8 << 20 }) { live in
      let client = try RawClient(port: live.port)
      let start = ContinuousClock.now
      #expect(try client.get("\(Self.base)/a").body == Self.image)
      // The first piece is not waited for.
      #expect(ContinuousClock.now - start > .milliseconds(400))
    }
  }

  @Test func allClientsTogetherGetNoMoreThanTheRate() async throws {
    try await LiveServer.run(items: ["a": Self.image], { $0.limits.rate = 16 << 20 }) { live in
      let start = ContinuousClock.now
      let clients = try (0..<2).map { _ in try RawClient(port: live.port, window: 1 << 23) }
      for client in clients { try client.send(RawClient.request("\(Self.base)/a")) }
      for client in clients { #expect(try client.response().body == Self.image) }
      #expect(ContinuousClock.now - start > .milliseconds(400))
    }
  }

  @Test func oneThatAsksForSmallFilesOnlyGetsNoMoreThanTheRate() async throws {
    let small = [UInt8](repeating: 4, count: 4000)
    try await LiveServer.run(items: ["a": small], { $0.limits.rate = 1 << 20 }) { live in
      let client = try RawClient(port: live.port)
      let start = ContinuousClock.now
      // 2 MB: more than what may go before, for which nobody waits here.
      for _ in 0..<50 {
        try client.send(String(repeating: RawClient.request("\(Self.base)/a"), count: 10))
        for _ in 0..<10 { #expect(try client.response().body == small) }
      }
      #expect(ContinuousClock.now - start > .milliseconds(1500))
    }
  }

  @Test func aClientThatLeavesWhileItWaitsForItsShareHarmsNothing() async throws {
    try await LiveServer.run(items: ["a": Self.image], { $0.limits.clientRate = 1 << 20 }) { live in
      var client: RawClient? = try RawClient(port: live.port)
      try client?.send(RawClient.request("\(Self.base)/a"))
      _ = try client?.head()
      client = nil
      let other = try RawClient(port: live.port)
      #expect(
        try await live.waits {
          String(decoding: try other.get("/metrics").body, as: UTF8.self).contains("\nmaas_mirror_aborted_total 1\n")
        })
      #expect(live.log == [])
    }
  }

  @Test func thereAreNoMoreConnectionsThanFilesToServeThem() {
    var limits = ServerLimits()
    #expect(limits.connections(filesAllowed: 1024) == 480)
    #expect(limits.connections(filesAllowed: 65536) == 8192)
    limits.connections = 0
    #expect(limits.connections(filesAllowed: 65536) == 32736)
    #expect(limits.connections(filesAllowed: nil) == .max)
  }
}
