/// Checks the head of a request byte by byte, as strictly as RFC 9112 allows, so that the parser behind it never sees
/// one that two programs could read in two ways. A value: it says when the head is over, or why it is refused.
struct HeadCheck: Sendable, Equatable {
  /// What a head says about the bytes that follow it.
  struct Result: Sendable, Equatable {
    var framing: RequestFraming
    var isGet: Bool
  }

  static let lineLimit = 8 << 10
  static let totalLimit = 32 << 10
  static let fieldLimit = 100

  /// What was taken, for the parser.
  private(set) var bytes: [UInt8] = []
  private var lineStart = 0
  private var fieldCount = 0
  private var isGet = false
  private var isOld = false
  private var hosts = 0
  private var lengths: [String] = []
  private var codings: [String] = []

  /// - Returns: `nil` until the empty line was taken.
  mutating func take(_ byte: UInt8) throws(Refusal) -> Result? {
    let isBehindCR = bytes.count > lineStart && bytes[bytes.count - 1] == 0x0D
    if byte == 0x0A {
      // §2.2 lets a recipient take a bare LF for the end of a line; one in front of us may not.
      guard isBehindCR else { throw .malformed("a line of the request ends with LF alone, not with CR LF") }
      bytes.append(byte)
      return try endLine()
    }
    if isBehindCR { throw .malformed("a CR in the request is not followed by LF") }
    try check(byte)
    bytes.append(byte)
    return nil
  }

  /// RFC 9110 §5.5: no control characters; and limits that no honest client comes near.
  private func check(_ byte: UInt8) throws(Refusal) {
    if byte == 0x0D { return }
    if byte == 0 { throw .malformed("the request has a NUL in its head") }
    if byte < 0x20 && byte != 0x09 || byte == 0x7F {
      throw .malformed("the request has a control character in its head")
    }
    let isTarget = fieldCount == 0
    if bytes.count - lineStart >= Self.lineLimit {
      throw isTarget
        ? Refusal(414, "the request line is longer than \(Self.lineLimit) bytes")
        : Refusal(431, "a header field is longer than \(Self.lineLimit) bytes")
    }
    if bytes.count >= Self.totalLimit { throw Refusal(431, "the header is longer than \(Self.totalLimit) bytes") }
  }

  private mutating func endLine() throws(Refusal) -> Result? {
    let line = bytes[lineStart..<(bytes.count - 2)]
    lineStart = bytes.count
    fieldCount += 1
    if fieldCount == 1 {
      try requestLine(line)
      return nil
    }
    if line.isEmpty { return try end() }
    if fieldCount > Self.fieldLimit + 1 { throw Refusal(431, "there are more than \(Self.fieldLimit) header fields") }
    try field(line)
    return nil
  }

  /// §3: method, target and version, with one space between them.
  private mutating func requestLine(_ line: ArraySlice<UInt8>) throws(Refusal) {
    let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(Self.isToken) else {
      throw .malformed("the request does not begin with a method, an address and a version")
    }
    // §3.2: an address has none but visible ASCII characters; the others come percent-encoded.
    guard !parts[1].isEmpty, parts[1].allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .malformed("the address of the request is malformed")
    }
    let version = Array(parts[2])
    guard version.count == 8, version.starts(with: "HTTP/".utf8), version[6] == UInt8(ascii: "."),
      Self.isDigit(version[5]), Self.isDigit(version[7])
    else { throw .malformed("the version of the request is malformed") }
    guard version[5] == UInt8(ascii: "1"), version[7] <= UInt8(ascii: "1") else {
      throw Refusal(505, "HTTP/1.1 and HTTP/1.0 are spoken here")
    }
    isGet = parts[0].elementsEqual("GET".utf8)
    isOld = version[7] == UInt8(ascii: "0")
  }

  private mutating func field(_ line: ArraySlice<UInt8>) throws(Refusal) {
    // §5.2: a line that goes on is read as two by some.
    if line.first == 0x20 || line.first == 0x09 { throw .malformed("a header field goes on in a second line") }
    // §5.1: no space between the name and its colon.
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
      line[..<colon].allSatisfy(Self.isToken)
    else { throw .malformed("the name of a header field is malformed") }
    switch line[..<colon].count {
    case 4 where Self.equal(line[..<colon], "host"): try host(Self.trimmed(line[(colon + 1)...]))
    case 7 where Self.equal(line[..<colon], "upgrade"):
      // RFC 9110 §7.8: it may be ignored. NIO's parser would read no further request on this connection.
      bytes.removeSubrange(line.startIndex...)
      lineStart = bytes.count
    case 14 where Self.equal(line[..<colon], "content-length"): lengths.append(Self.text(line[(colon + 1)...]))
    case 17 where Self.equal(line[..<colon], "transfer-encoding"): codings.append(Self.text(line[(colon + 1)...]))
    default: break
    }
  }

  /// RFC 9112 §3.2: a Host that is none is refused.
  private mutating func host(_ value: ArraySlice<UInt8>) throws(Refusal) {
    hosts += 1
    let isName = value.allSatisfy { byte in
      Self.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || "-._~%!$&'()*+,;=:[]".utf8.contains(byte)
    }
    if !isName { throw .malformed("the Host of the request is no name of a host") }
  }

  /// RFC 9112 §3.2: without exactly one Host a request is malformed; HTTP/1.0 knows none.
  private func end() throws(Refusal) -> Result {
    if hosts > 1 || hosts == 0 && !isOld { throw .malformed("the request must have one Host header") }
    let framing = try RequestFraming(lengths: lengths, codings: codings, isOld: isOld)
    return Result(framing: framing, isGet: isGet)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// RFC 9110 §5.6.2.
  private static func isToken(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }

  private static func equal(_ bytes: ArraySlice<UInt8>, _ lower: StaticString) -> Bool {
    bytes.elementsEqual(UnsafeBufferPointer(start: lower.utf8Start, count: lower.utf8CodeUnitCount)) { $0 | 0x20 == $1 }
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 }
    while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
    return bytes
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: trimmed(bytes), as: UTF8.self) }
}
