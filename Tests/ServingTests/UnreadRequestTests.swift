import NIOCore
import NIOEmbedded
import Testing

@testable import Serving

/// What a client sends ahead of its answers holds little memory, whatever buffer it came in.
@Suite struct UnreadRequestTests {
  private static let request = Array(RawClient.request("\(LiveServer.base)/a").utf8)

  /// As large as TLS makes them, whatever is in them.
  private static func buffer(_ bytes: [UInt8]) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(32 << 10)
    buffer.writeBytes(bytes)
    return buffer
  }

  @Test(arguments: [true, false]) func theBeginningOfARequestDoesNotHoldTheBufferThatItCameIn(isSecure: Bool) throws {
    let connection = try SocketlessConnection(items: ["a": [7]], isSecure: isSecure)
    try connection.channel.writeInbound(Self.buffer(Self.request + Self.request.prefix(40)))
    let unread = try #require(connection.handler.unread)
    #expect(unread.readableBytes == 40 && unread.storageCapacity < 1024)
  }

  /// TLS keeps its buffer for the next record, and that does not come.
  @Test func manyRequestsOfOneRecordStayInItsBuffer() throws {
    let connection = try SocketlessConnection(items: ["a": [7]], isSecure: true, isFull: true)
    let record = Self.buffer((0..<200).flatMap { _ in Self.request })
    try connection.channel.writeInbound(record)
    let unread = try #require(connection.handler.unread)
    #expect(unread.readableBytes == record.readableBytes - Self.request.count)
    let ends = [record, unread].map { $0.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) + UInt($0.count) } }
    #expect(ends[0] == ends[1])
  }
}
