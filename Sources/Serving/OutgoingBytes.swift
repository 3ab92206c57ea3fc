import NIOCore

/// A head and what is sent with it from memory, in the parts that they are kept in: none is copied to stand behind another.
struct OutgoingBytes {
  /// From the status line on: what depends on the clock and on the connection.
  var opening: [UInt8]
  /// The other lines, with the empty one.
  var lines: [UInt8]
  var body: ByteBuffer?

  var count: Int { opening.count + lines.count + (body?.readableBytes ?? 0) }

  /// What is left when the first bytes are sent.
  func rest(behind sent: Int, _ allocator: ByteBufferAllocator) -> ByteBuffer {
    var rest = allocator.buffer(capacity: count)
    rest.writeBytes(opening)
    rest.writeBytes(lines)
    if let body { rest.writeImmutableBuffer(body) }
    rest.moveReaderIndex(forwardBy: sent)
    return rest
  }
}
