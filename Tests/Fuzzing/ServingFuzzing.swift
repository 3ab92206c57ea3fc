import NIOCore

@testable import Serving

/// What clients send.
enum ServingFuzzing {
  private enum Seen: Equatable {
    case head(String, RequestFraming)
    case end
    case refused(Int)
  }

  /// The bytes of a connection, whole and in two parts: where a packet ends must change nothing, or two programs could
  /// disagree where a request does.
  static func request(_ bytes: [UInt8]) {
    let whole = events([bytes[...]])
    let cut = bytes.first.map { Int($0) % bytes.count } ?? 0
    precondition(events([bytes[..<cut], bytes[cut...]]) == whole)
    for case .head(let target, let framing) in whole {
      precondition(!target.isEmpty && target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
      if case .length(let length) = framing { precondition((1...RequestFraming.limit).contains(length)) }
    }
    // Nothing comes behind a refusal.
    if let place = whole.firstIndex(where: { if case .refused = $0 { true } else { false } }) {
      precondition(place == whole.count - 1)
    }
  }

  private static func events(_ parts: [ArraySlice<UInt8>]) -> [Seen] {
    var reader = RequestReader()
    var unread = ByteBuffer()
    var seen: [Seen] = []
    for part in parts {
      unread.writeBytes(part)
      while let event = reader.next(&unread) {
        switch event {
        case .head(let request):
          for field in RequestField.allCases { _ = request[field] }
          _ = (request.isKeptAlive, request.expectsContinue, request.path)
          if case .path(let path, _) = RequestTarget(request.target) {
            precondition(!path.split(separator: "/", omittingEmptySubsequences: false).contains(".."))
          }
          seen.append(.head(request.target, request.framing))
        case .end: seen.append(.end)
        case .refused(let refusal): seen.append(.refused(refusal.status))
        }
      }
    }
    return seen
  }

  /// A `Range` header, and what else a client writes into its fields.
  static func fields(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    for size: Int64 in [0, 1, 36, .max] { check(ByteRange(text, size: size), size) }
    _ = ContentCoding.preferred(by: text, of: ContentCoding.allCases)
    _ = PageForm(accept: text)
    _ = HTTPDate.seconds(text)
    precondition(LogText.escaped(text).utf8.allSatisfy { (0x20...0x7E).contains($0) })
    precondition(LogText.json(text).utf8.allSatisfy { (0x20...0x7E).contains($0) })
  }

  private static func check(_ range: ByteRange, _ size: Int64) {
    let parts: [Range<Int64>]
    switch range {
    case .whole, .unsatisfiable: return
    case .part(let part): parts = [part]
    case .parts(let several): parts = several
    }
    precondition(parts.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= size && !$0.isEmpty })
    // No byte is sent twice.
    for (index, part) in parts.enumerated() {
      precondition(parts[(index + 1)...].allSatisfy { !$0.overlaps(part) })
    }
  }
}
