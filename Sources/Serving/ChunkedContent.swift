import NIOCore

/// Reads the chunks of a request's content to their end (RFC 9112 §7.1) and forgets them: nothing here takes content.
struct ChunkedContent: Sendable {
  private enum Part: Sendable {
    case size
    case data(left: Int)
    case dataEnd
    case trailer
  }

  private var part = Part.size
  private var taken = 0

  /// Whether the content is over.
  mutating func skip(_ bytes: inout ByteBuffer) throws(Refusal) -> Bool {
    while true {
      switch part {
      case .size:
        guard let line = try line(&bytes) else { return false }
        let size = try Self.size(line)
        taken += size
        if taken > RequestFraming.limit { throw .tooMuchContent }
        part = size > 0 ? .data(left: size) : .trailer
      case .data(let left):
        let count = min(left, bytes.readableBytes)
        bytes.moveReaderIndex(forwardBy: count)
        part = left > count ? .data(left: left - count) : .dataEnd
        if left > count { return false }
      case .dataEnd:
        guard let line = try line(&bytes) else { return false }
        if !line.isEmpty { throw Self.malformed }
        part = .size
      case .trailer:
        guard let line = try line(&bytes) else { return false }
        if line.isEmpty { return true }
      }
    }
  }

  private static let malformed = Refusal.malformed("a chunk of the request is malformed")

  /// A line without its end; `nil` until it is whole.
  private mutating func line(_ bytes: inout ByteBuffer) throws(Refusal) -> [UInt8]? {
    guard let end = bytes.readableBytesView.firstIndex(of: 0x0A) else {
      // RFC 9112 §7.1.1: extensions have to be limited.
      if bytes.readableBytes > HeadParser.lineLimit { throw Self.malformed }
      // What cannot become a size is not waited for.
      if case .size = part, let first = bytes.readableBytesView.first, Self.digit(first) == nil { throw Self.malformed }
      return nil
    }
    let length = end - bytes.readerIndex
    guard length > 0, length <= HeadParser.lineLimit, bytes.getInteger(at: end - 1, as: UInt8.self) == 0x0D else {
      throw Self.malformed
    }
    taken += length
    if taken > RequestFraming.limit { throw .tooMuchContent }
    // RFC 9110 §5.5, for extensions and trailers as for every field.
    let isPlain = bytes.readableBytesView.prefix(length - 1).allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    if !isPlain { throw Self.malformed }
    defer { bytes.moveReaderIndex(to: end + 1) }
    return bytes.getBytes(at: bytes.readerIndex, length: length - 1)
  }

  private static func size(_ line: [UInt8]) throws(Refusal) -> Int {
    let digits = line.prefix { $0 != UInt8(ascii: ";") && !HeadBytes.isBlank($0) }
    // RFC 9112 §7.1.1: behind the size there is nothing but extensions, each behind its semicolon.
    let rest = line.dropFirst(digits.count).drop(while: HeadBytes.isBlank)
    guard (1...8).contains(digits.count), rest.isEmpty || rest.first == UInt8(ascii: ";") else { throw malformed }
    var size = 0
    for byte in digits {
      guard let digit = digit(byte) else { throw malformed }
      size = size << 4 | digit
    }
    return size
  }

  private static func digit(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte - 0x30)
    case 0x41...0x46: Int(byte - 0x37)
    case 0x61...0x66: Int(byte - 0x57)
    default: nil
    }
  }
}
