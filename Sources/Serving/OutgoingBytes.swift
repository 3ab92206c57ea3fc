import NIOCore

/// A head and what is sent with it from memory, in the parts that they are kept in: none is copied to stand behind another.
struct OutgoingBytes {
  /// From the status line on: what depends on the clock and on the connection.
  var opening: [UInt8]
  /// The other lines, with the empty one.
  var lines: [UInt8]
  var body: ByteBuffer?

  var headCount: Int { opening.count + lines.count }
  var count: Int { headCount + (body?.readableBytes ?? 0) }

  /// What is left when the first bytes are sent. A body is not copied: it may be that of a thousand slow clients.
  func rest(behind sent: Int) -> (head: ByteBuffer, body: ByteBuffer?) {
    var head = ByteBuffer()
    if sent < headCount {
      head.writeBytes(opening)
      head.writeBytes(lines)
      head.moveReaderIndex(forwardBy: sent)
    }
    var body = body
    body?.moveReaderIndex(forwardBy: max(0, sent - headCount))
    return (head, body)
  }
}
