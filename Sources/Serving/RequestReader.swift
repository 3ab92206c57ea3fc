import NIOCore

/// From the bytes of a connection to its requests. A head is taken only whole and in order, and the five stray bytes
/// `0\r\n\r\n` that MAAS 3.5 and 3.6 send after a GET that announced no content are passed over. Left alone, they are taken
/// for the start of the next request, which then fails with 400.
///
/// A value that sees every byte of a connection once. Stray bytes are looked for only directly behind the head of a GET
/// without content, and never in content.
struct RequestReader: Sendable {
  enum Event: Sendable {
    case head(Request)
    /// All of the content of the request that was told last; only where its head announces some.
    case end
    /// Nothing more is read. What came before is still to be answered.
    case refused(Refusal)
  }

  private enum State: Sendable {
    /// Before a request.
    case between(mayBeStray: Bool)
    case head
    case content(left: Int)
    case chunked(ChunkedContent)
    case over
  }

  private static let stray: StaticString = "0\r\n\r\n"

  /// Whether the connection is encrypted, which requests do not say of themselves.
  private let isSecure: Bool
  private var state = State.between(mayBeStray: false)
  /// Since the last request.
  private var emptyLines = 0
  /// Of the head that has begun.
  private var parser = HeadParser()
  /// The request that was refused, as far as it could be read.
  private(set) var refused: Request?

  init(isSecure: Bool = false) { self.isSecure = isSecure }

  /// Whether a request has begun and its head has not ended.
  var isInHead: Bool { if case .head = state { true } else { false } }

  /// What comes next of the bytes, which lose what is done with. `nil` where more must come; the rest is to be shown again
  /// then, with what came behind it.
  mutating func next(_ bytes: inout ByteBuffer) -> Event? {
    do throws(Refusal) {
      return try read(&bytes)
    } catch {
      // What comes behind a head is none of it.
      if isInHead, refused == nil {
        let length = min(bytes.readableBytes, HeadParser.totalLimit)
        refused = Request(
          refused: parser.facts, bytes: bytes.getSlice(at: bytes.readerIndex, length: length) ?? bytes,
          isSecure: isSecure)
      }
      state = .over
      return .refused(error)
    }
  }

  private mutating func read(_ bytes: inout ByteBuffer) throws(Refusal) -> Event? {
    if case .between(let mayBeStray) = state {
      guard begins(&bytes, mayBeStray: mayBeStray) else { return nil }
      parser = HeadParser()
      emptyLines = 0
      state = .head
    }
    switch state {
    case .between: return nil
    case .head:
      return try head(&bytes)
    case .content(let left):
      let count = min(left, bytes.readableBytes)
      bytes.moveReaderIndex(forwardBy: count)
      state = left > count ? .content(left: left - count) : .between(mayBeStray: false)
      return left > count ? nil : .end
    case .chunked(var content):
      let isOver = try content.skip(&bytes)
      state = isOver ? .over : .chunked(content)
      return isOver ? .end : nil
    case .over:
      bytes.moveReaderIndex(to: bytes.writerIndex)
      return nil
    }
  }

  /// Empty lines that are passed over before a request: clients that send any send one.
  private static let emptyLineLimit = 8

  /// Whether a request begins with the next byte.
  private mutating func begins(_ bytes: inout ByteBuffer, mayBeStray: Bool) -> Bool {
    // Nearly always there is nothing, or what nothing below has to look at.
    let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self)
    if first != UInt8(ascii: "0"), first != UInt8(ascii: "\r") {
      state = .between(mayBeStray: mayBeStray)
      return first != nil
    }
    var mayBeStray = mayBeStray
    if mayBeStray, bytes.readableBytesView.first == UInt8(ascii: "0") {
      let stray = UnsafeBufferPointer(start: Self.stray.utf8Start, count: Self.stray.utf8CodeUnitCount)
      let count = min(stray.count, bytes.readableBytes)
      if bytes.readableBytesView.prefix(count).elementsEqual(stray.prefix(count)) {
        // As far as it goes.
        guard count == stray.count else { return false }
        bytes.moveReaderIndex(forwardBy: count)
        mayBeStray = false
      }
    }
    // RFC 9112 §2.2: empty lines before a request begin nothing. Half a line end is left to the parser, which refuses it.
    while bytes.readableBytesView.starts(with: "\r\n".utf8), emptyLines < Self.emptyLineLimit {
      bytes.moveReaderIndex(forwardBy: 2)
      emptyLines += 1
      mayBeStray = false
    }
    state = .between(mayBeStray: mayBeStray)
    if bytes.readableBytesView.elementsEqual("\r".utf8), emptyLines < Self.emptyLineLimit { return false }
    return bytes.readableBytes > 0
  }

  private mutating func head(_ bytes: inout ByteBuffer) throws(Refusal) -> Event? {
    guard let length = try Self.parse(&parser, bytes).get(), let head = bytes.readSlice(length: length) else {
      return nil
    }
    let request: Request
    do throws(Refusal) {
      request = try Request(parser.facts, bytes: head, isSecure: isSecure)
    } catch {
      refused = Request(refused: parser.facts, bytes: head, isSecure: isSecure)
      throw error
    }
    switch request.framing {
    case .none: state = .between(mayBeStray: request.method == .get)
    case .length(let length): state = .content(left: length)
    case .chunked: state = .chunked(ChunkedContent())
    }
    return .head(request)
  }

  /// `withUnsafeReadableBytes` throws any error, and only a refusal can come out of here.
  private static func parse(_ parser: inout HeadParser, _ bytes: ByteBuffer) -> Result<Int?, Refusal> {
    bytes.withUnsafeReadableBytes { pointer in
      do throws(Refusal) {
        return .success(try parser.parse(pointer))
      } catch {
        return .failure(error)
      }
    }
  }
}
