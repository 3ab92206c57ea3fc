import NIOCore
import NIOEmbedded
import Testing

@testable import Serving

/// Two listening sockets of one server, without the sockets.
@Suite struct ConnectionGateTests {
  private let doors = [EmbeddedChannel(), EmbeddedChannel()]
  private let connections: OpenConnections

  init() throws {
    var limits = ServerLimits()
    limits.connections = 1
    connections = OpenConnections(book: LimitBook(limits))
    for door in doors {
      try door.pipeline.syncOperations.addHandler(ConnectionGate(connections: connections))
      // Both may, as there is room for one.
      door.read()
    }
  }

  private static func client() throws -> EmbeddedChannel {
    let client = EmbeddedChannel()
    client.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    return client
  }

  /// A channel that is not closed holds itself.
  private func close(_ clients: [EmbeddedChannel]) {
    // Some are closed already.
    for channel in clients + doors {
      _ = try? channel.finish()
      channel.embeddedEventLoop.run()
    }
  }

  private func letIn(by door: EmbeddedChannel) throws -> EmbeddedChannel? {
    door.embeddedEventLoop.run()
    return try door.readInbound(as: (any Channel).self) as? EmbeddedChannel
  }

  @Test func oneThatBothHadRoomForWaitsUntilTheOtherCloses() throws {
    let clients = [try Self.client(), try Self.client()]
    defer { close(clients) }
    for (door, client) in zip(doors, clients) { try door.writeInbound(client as any Channel) }
    #expect(try letIn(by: doors[0]) === clients[0])
    #expect(try letIn(by: doors[1]) == nil)
    #expect(connections.count == 1)
    _ = try clients[0].finish()
    #expect(try letIn(by: doors[1]) === clients[1])
    #expect(connections.count == 1)
    _ = try clients[1].finish()
    #expect(connections.count == 0)
  }

  @Test func whoWaitsIsNotForgottenWithTheDoor() throws {
    let clients = [try Self.client(), try Self.client()]
    defer { close(clients) }
    for (door, client) in zip(doors, clients) { try door.writeInbound(client as any Channel) }
    #expect(clients[1].isActive)
    _ = try doors[1].finish()
    doors[1].embeddedEventLoop.run()
    clients[1].embeddedEventLoop.run()
    #expect(!clients[1].isActive && connections.count == 1)
    _ = try clients[0].finish()
    #expect(connections.count == 0)
  }
}
