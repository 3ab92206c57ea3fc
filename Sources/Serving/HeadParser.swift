/// What a head says.
struct HeadFacts: Sendable {
  /// `nil` for one that is not known here.
  var method: Request.Method?
  /// As they were sent, also of a request that is refused.
  var methodPlace = 0..<0
  var target = 0..<0
  var versionPlace = 0..<0
  var isOld = false
  var places = FieldPlaces()
  var hosts = 0
  var lengths: [String] = []
  var codings: [String] = []
}

/// Takes the head of a request apart, as strictly as RFC 9112 allows, so that none is accepted that two programs could
/// read in two ways. A value that goes on where it stopped when more bytes have come.
struct HeadParser: Sendable {
  static let lineLimit = 8 << 10
  static let totalLimit = 32 << 10
  static let fieldLimit = 100

  private(set) var facts = HeadFacts()
  private var position = 0
  private var lineStart = 0
  private var lineCount = 0

  /// - Parameter bytes: the head from its first byte, and whatever came behind it.
  /// - Returns: how many bytes the head has; `nil` until it is whole.
  mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Int? {
    while true {
      var here = position
      while here < bytes.count, Self.isText(bytes[here]) { here += 1 }
      position = here
      if position == bytes.count { break }
      let byte = bytes[position]
      if byte == 0x0D {
        // Only with what follows can it be judged.
        guard position + 1 < bytes.count else { break }
        guard bytes[position + 1] == 0x0A else { throw .malformed("a CR in the request is not followed by LF") }
        let line = lineStart..<position
        position += 2
        lineStart = position
        if try end(line, bytes) { return position }
      } else {
        throw Self.refusal(of: byte)
      }
    }
    try check(lineStart..<bytes.count, total: bytes.count, bytes)
    return nil
  }

  private static func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

  private static func refusal(of byte: UInt8) -> Refusal {
    switch byte {
    // RFC 9112 §2.2 lets a recipient take a bare LF for the end of a line; one in front of us may not.
    case 0x0A: .malformed("a line of the request ends with LF alone, not with CR LF")
    // RFC 9110 §5.5.
    case 0: .malformed("the request has a NUL in its head")
    default: .malformed("the request has a control character in its head")
    }
  }

  /// Limits that no honest client comes near.
  private mutating func check(_ line: Range<Int>, total: Int, _ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    if line.count > Self.lineLimit {
      if lineCount > 0 { throw Refusal(431, "a header field is longer than \(Self.lineLimit) bytes") }
      begin(line.prefix(Self.lineLimit), bytes)
      throw Refusal(414, "the request line is longer than \(Self.lineLimit) bytes")
    }
    if total > Self.totalLimit { throw Refusal(431, "the header is longer than \(Self.totalLimit) bytes") }
  }

  /// Whether it was the last line.
  private mutating func end(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Bool {
    try check(line, total: position, bytes)
    lineCount += 1
    if lineCount == 1 {
      try requestLine(line, bytes)
      return false
    }
    if line.isEmpty {
      // RFC 9112 §3.2: without exactly one Host a request is malformed; HTTP/1.0 knows none.
      if facts.hosts > 1 || facts.hosts == 0 && !facts.isOld {
        throw .malformed("the request must have one Host header")
      }
      return true
    }
    if lineCount > Self.fieldLimit + 1 { throw Refusal(431, "there are more than \(Self.fieldLimit) header fields") }
    try field(line, bytes)
    return false
  }

  /// §3: method, target and version, with one space between them.
  private mutating func requestLine(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    guard let first = bytes[line].firstIndex(of: 0x20),
      let second = bytes[(first + 1)..<line.upperBound].firstIndex(of: 0x20),
      HeadBytes.isToken(HeadBytes.slice(bytes, line.lowerBound..<first))
    else { throw .malformed("the request does not begin with a method, an address and a version") }
    // §3.2: an address has none but visible ASCII characters; the others come percent-encoded.
    let target = (first + 1)..<second
    guard !target.isEmpty, bytes[target].allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .malformed("the address of the request is malformed")
    }
    facts.target = target
    facts.methodPlace = line.lowerBound..<first
    facts.versionPlace = (second + 1)..<line.upperBound
    facts.isOld = try Self.isOld(HeadBytes.slice(bytes, (second + 1)..<line.upperBound))
    facts.method = Request.Method(HeadBytes.slice(bytes, line.lowerBound..<first))
  }

  /// What can be told of a request line that does not end.
  private mutating func begin(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes[line].firstIndex(of: 0x20),
      HeadBytes.isToken(HeadBytes.slice(bytes, line.lowerBound..<first))
    else { return }
    let target = bytes[(first + 1)..<line.upperBound].prefix { $0 > 0x20 && $0 < 0x7F }
    (facts.methodPlace, facts.target) = (line.lowerBound..<first, target.indices)
  }

  private static func isOld(_ version: UnsafeRawBufferPointer) throws(Refusal) -> Bool {
    guard version.count == 8, version.starts(with: "HTTP/".utf8), version[6] == UInt8(ascii: "."),
      HeadBytes.isDigit(version[5]), HeadBytes.isDigit(version[7])
    else { throw .malformed("the version of the request is malformed") }
    // RFC 9110 §6.2: a higher minor version is understood as the highest that is.
    guard version[5] == UInt8(ascii: "1") else {
      throw Refusal(505, "HTTP/1.1 and HTTP/1.0 are spoken here")
    }
    return version[7] == UInt8(ascii: "0")
  }

  private mutating func field(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    // §5.2: a line that goes on is read as two by some.
    if HeadBytes.isBlank(bytes[line.lowerBound]) { throw .malformed("a header field goes on in a second line") }
    // §5.1: no space between the name and its colon.
    guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")),
      HeadBytes.isToken(HeadBytes.slice(bytes, line.lowerBound..<colon))
    else { throw .malformed("the name of a header field is malformed") }
    let name = HeadBytes.slice(bytes, line.lowerBound..<colon)
    let value = HeadBytes.trimmed((colon + 1)..<line.upperBound, of: bytes)
    if name.count == 14, HeadBytes.equal(name, "content-length") {
      facts.lengths.append(HeadBytes.text(bytes, value))
    } else if name.count == 17, HeadBytes.equal(name, "transfer-encoding") {
      facts.codings.append(HeadBytes.text(bytes, value))
    } else if let field = RequestField(name) {
      if field == .host { try host(HeadBytes.slice(bytes, value)) }
      facts.places.add(field, value, of: bytes)
    }
  }

  /// RFC 9112 §3.2: a Host that is none is refused.
  private mutating func host(_ value: UnsafeRawBufferPointer) throws(Refusal) {
    facts.hosts += 1
    if !HostName.isValid(value) { throw .malformed("the Host of the request is no name of a host") }
  }
}
