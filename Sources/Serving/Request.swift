import NIOCore

/// The head of a request, checked and taken apart. Its text stays where it came in until somebody asks for it. Many hold it on its
/// way to an answer, none of them a copy.
final class Request: Sendable {
  enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case options = "OPTIONS"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case trace = "TRACE"
    case connect = "CONNECT"

    /// RFC 9110 §9.1: methods are told apart by case.
    init?(_ name: UnsafeRawBufferPointer) {
      if name.elementsEqual("GET".utf8) {
        self = .get
      } else {
        self.init(rawValue: String(decoding: name, as: UTF8.self))
      }
    }
  }

  /// `nil` for one that is unknown here, which is refused.
  let method: Method?
  /// HTTP/1.0.
  let isOld: Bool
  let framing: RequestFraming
  /// Whether it came over TLS.
  let isSecure: Bool
  private let bytes: ByteBuffer
  private let methodPlace: Range<Int>
  private let targetPlace: Range<Int>
  private let versionPlace: Range<Int>
  private let places: FieldPlaces

  /// - Parameter bytes: the head, from its first byte to its empty line.
  init(_ facts: HeadFacts, bytes: ByteBuffer, isSecure: Bool = false) throws(Refusal) {
    framing = try RequestFraming(lengths: facts.lengths, codings: facts.codings, isOld: facts.isOld)
    guard let method = facts.method else { throw Refusal(501, "only GET, HEAD and OPTIONS are served here") }
    self.method = method
    isOld = facts.isOld
    (methodPlace, targetPlace, versionPlace) = (facts.methodPlace, facts.target, facts.versionPlace)
    places = facts.places
    self.bytes = bytes
    self.isSecure = isSecure
  }

  /// One that is refused, as far as it was read, for the log.
  /// - Parameter bytes: of its head. `nil` is returned where not even its first line could be read.
  init?(refused facts: HeadFacts, bytes: ByteBuffer, isSecure: Bool = false) {
    if facts.target.isEmpty { return nil }
    framing = .none
    method = facts.method
    isOld = facts.isOld
    (methodPlace, targetPlace, versionPlace) = (facts.methodPlace, facts.target, facts.versionPlace)
    places = facts.places
    self.bytes = bytes
    self.isSecure = isSecure
  }

  var target: String { text(targetPlace) }

  /// What follows the slash that a target begins with; `nil` for the other forms of targets (RFC 9112 §3.2).
  var path: String? {
    bytes.withUnsafeReadableBytes { bytes in
      guard bytes[targetPlace.lowerBound] == UInt8(ascii: "/") else { return nil }
      return HeadBytes.text(bytes, targetPlace.dropFirst())
    }
  }

  /// Whom the request is to.
  var authority: String? {
    path == nil ? RequestTarget.authority(of: target) ?? self[.host] : self[.host]
  }

  func withMethod(_ body: (UnsafeRawBufferPointer) -> Void) {
    bytes.withUnsafeReadableBytes { body(HeadBytes.slice($0, methodPlace)) }
  }

  /// A request line that was too long has none.
  var hasVersion: Bool { !versionPlace.isEmpty }

  func withVersion(_ body: (UnsafeRawBufferPointer) -> Void) {
    bytes.withUnsafeReadableBytes { body(HeadBytes.slice($0, versionPlace)) }
  }

  /// RFC 9110 §5.3: several lines of a name are one list.
  subscript(field: RequestField) -> String? {
    guard let place = places[field] else { return nil }
    return places.joined.isEmpty ? text(place) : places.joined[field] ?? text(place)
  }

  /// Whether any precondition is to be judged.
  var isConditional: Bool {
    places[.ifMatch] != nil || places[.ifNoneMatch] != nil || places[.ifModifiedSince] != nil
      || places[.ifUnmodifiedSince] != nil
  }

  func withTarget(_ body: (UnsafeRawBufferPointer) -> Void) {
    bytes.withUnsafeReadableBytes { body(HeadBytes.slice($0, targetPlace)) }
  }

  /// As it came, without making text of it.
  /// - Returns: `nil` where the field is absent.
  func withValue<Result>(of field: RequestField, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    guard let place = places[field] else { return nil }
    if var joined = places.joined[field] { return joined.withUTF8 { body(UnsafeRawBufferPointer($0)) } }
    return bytes.withUnsafeReadableBytes { body(HeadBytes.slice($0, place)) }
  }

  func isValue(_ text: String?, of field: RequestField) -> Bool {
    let isSame = withValue(of: field) { value in
      guard var text else { return false }
      return text.withUTF8 { UnsafeRawBufferPointer($0).elementsEqual(value) }
    }
    return isSame ?? (text == nil)
  }

  private func text(_ place: Range<Int>) -> String {
    bytes.withUnsafeReadableBytes { HeadBytes.text($0, place) }
  }

  /// RFC 9112 §9.3. A chunked request is the last on its connection: where its content ends is never a matter of opinion
  /// then. What follows a CONNECT is no HTTP (RFC 9110 §9.3.6).
  var isKeptAlive: Bool {
    if framing == .chunked || method == .connect { return false }
    guard let connection = self[.connection] else { return !isOld }
    let options = connection.lowercased().split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
    return isOld ? options.contains("keep-alive") && !options.contains("close") : !options.contains("close")
  }

  /// RFC 9110 §10.1.1: HTTP/1.0 knows no expectations, and without content there is nothing to wait for.
  var expectsContinue: Bool { !isOld && framing != .none && self[.expect] != nil }

  /// Whether there is no expectation but the only one that exists. In HTTP/1.0 the field means nothing.
  var expectsNothingElse: Bool {
    guard !isOld, let list = self[.expect] else { return true }
    let members = list.lowercased().split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
    return members.allSatisfy { $0 == "100-continue" }
  }
}

/// Where the values of the known fields stand in a head.
struct FieldPlaces: Sendable {
  /// Two numbers for each field, the start and the end; both 0 where it is absent. A head has less than 64 KiB.
  private var bounds = SIMD32<UInt16>()
  /// Of those that came in several lines.
  private(set) var joined: [RequestField: String] = [:]

  subscript(field: RequestField) -> Range<Int>? {
    let end = Int(bounds[2 * field.rawValue + 1])
    return end == 0 ? nil : Int(bounds[2 * field.rawValue])..<end
  }

  mutating func add(_ field: RequestField, _ place: Range<Int>, of bytes: UnsafeRawBufferPointer) {
    if let first = self[field] {
      joined[field] = "\(joined[field] ?? HeadBytes.text(bytes, first)), \(HeadBytes.text(bytes, place))"
    } else {
      bounds[2 * field.rawValue] = UInt16(place.lowerBound)
      bounds[2 * field.rawValue + 1] = UInt16(place.upperBound)
    }
  }
}
