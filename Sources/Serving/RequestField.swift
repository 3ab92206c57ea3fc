/// The header fields of a request that mean something here. All others are checked, and then forgotten.
enum RequestField: Int, Sendable, CaseIterable {
  case accept
  case acceptEncoding
  case connection
  case expect
  case host
  case ifMatch
  case ifModifiedSince
  case ifNoneMatch
  case ifRange
  case ifUnmodifiedSince
  case range
  case userAgent

  var name: StaticString {
    switch self {
    case .accept: "accept"
    case .acceptEncoding: "accept-encoding"
    case .connection: "connection"
    case .expect: "expect"
    case .host: "host"
    case .ifMatch: "if-match"
    case .ifModifiedSince: "if-modified-since"
    case .ifNoneMatch: "if-none-match"
    case .ifRange: "if-range"
    case .ifUnmodifiedSince: "if-unmodified-since"
    case .range: "range"
    case .userAgent: "user-agent"
    }
  }

  /// - Parameter name: of any case, as it came.
  init?(_ name: UnsafeRawBufferPointer) {
    let candidates: [RequestField]
    switch name.count {
    case 4: candidates = Self.length4
    case 5: candidates = Self.length5
    case 6: candidates = Self.length6
    case 8: candidates = Self.length8
    case 10: candidates = Self.length10
    case 13: candidates = Self.length13
    case 15: candidates = Self.length15
    case 17: candidates = Self.length17
    case 19: candidates = Self.length19
    default: return nil
    }
    for candidate in candidates where HeadBytes.equal(name, candidate.name) {
      self = candidate
      return
    }
    return nil
  }

  private static let length4: [RequestField] = [.host]
  private static let length5: [RequestField] = [.range]
  private static let length6: [RequestField] = [.accept, .expect]
  private static let length8: [RequestField] = [.ifMatch, .ifRange]
  private static let length10: [RequestField] = [.userAgent, .connection]
  private static let length13: [RequestField] = [.ifNoneMatch]
  private static let length15: [RequestField] = [.acceptEncoding]
  private static let length17: [RequestField] = [.ifModifiedSince]
  private static let length19: [RequestField] = [.ifUnmodifiedSince]
}
